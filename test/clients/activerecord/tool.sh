# Rails' ActiveRecord: rake db:migrate, one transaction for each migration unless it says disable_ddl_transaction!
shows='message detail hint'
changes='index required type drop'

prepare() {
  ruby -e 'require "active_record"; require "pg"; require "rake"' 2>/dev/null || apt_install ruby-activerecord ruby-pg rake
  mkdir -p db/migrate
}
write() { # write VERSION NAME BODY [HEAD]: as rails generate migration makes the file
  cat >"db/migrate/$1_$2.rb" <<RUBY
class ${2^} < ActiveRecord::Migration[6.1]
  ${4:-}
  def change
    $3
  end
end
RUBY
}
deploy() { rake db:migrate; }
deploy_bypassing() { PGOPTIONS=$BYPASS_OPTIONS rake db:migrate; }

init() {
  write 1 init 'create_table(:users) { |t| t.text :email, null: false; t.text :name }
    create_table(:orders) do |t|
      t.references :user, null: false, foreign_key: true, index: false
      t.integer :total, null: false
      t.string :note, limit: 40
    end'
}
change() {
  case $1 in
    index) write 2 index 'add_index :orders, :user_id' ;;
    required) write 2 required 'add_column :orders, :currency, :text, null: false' ;;
    type) write 5 type 'change_column :orders, :total, :bigint' ;;
    drop) write 6 drop 'remove_column :orders, :note, :string' ;;
  esac
}
forget() { rm -f db/migrate/?_"$1".rb; }
fix_index() { write 2 index 'add_index :orders, :user_id, algorithm: :concurrently' 'disable_ddl_transaction!'; }
allow_inside() { sed -i "s/^  def change/&\n    execute \"SET LOCAL ddlguard.bypass = 'TICKET-2'\"/" db/migrate/?_"$1".rb; }
stage_check() {
  case $1 in
    1) write 3 check "add_check_constraint :orders, 'total >= 0', name: 'orders_total_check', validate: false" ;;
    2) write 4 validate 'validate_constraint :orders, :orders_total_check' ;;
  esac
}
