# Alembic: revision --autogenerate from SQLAlchemy's models, and upgrade head.
shows='message detail hint'
changes='index required type drop'

alembic() { PYTHONPATH=. /usr/bin/alembic "$@"; }
prepare() {
  [[ -x /usr/bin/alembic ]] && /usr/bin/python3 -c 'import psycopg2' 2>/dev/null || apt_install alembic python3-psycopg2
  mkdir migrations/versions
}
deploy() { alembic upgrade head; }
deploy_bypassing() { PGOPTIONS=$BYPASS_OPTIONS alembic upgrade head; }
revise() { alembic revision --rev-id "$1" -m "$2" "${@:3}" >/dev/null; }
model() { sed -i "$3" models.py && revise "$1" "$2" --autogenerate; }
write() { # write REVISION NAME SQL
  revise "$1" "$2" && sed -i "/^def upgrade/,/pass/s/pass/op.execute('$3')/" "migrations/versions/$1_$2.py"
}

init() { revise 1 init --autogenerate; }
change() {
  cp models.py models.before
  case $1 in
    index) model 2 index "s/ForeignKey('users.id')/&, index=True/" ;;
    required) model 2 required 's/^    total =/    currency = Column(Text, nullable=False)\n&/' ;;
    type) model 5 type 's/total = Column(Integer/total = Column(BigInteger/' ;;
    drop) model 6 drop '/note =/d' ;;
  esac
}
forget() { rm -f migrations/versions/?_"$1".py && mv models.before models.py; }
fix_index() {
  sed -i "s/^    op.create_index(.*unique=False/    with op.get_context().autocommit_block():\n    &, postgresql_concurrently=True/" \
    migrations/versions/2_index.py
}
allow_inside() {
  sed -i "s/^def upgrade.*/&\n    op.execute(\"SET LOCAL ddlguard.bypass = 'TICKET-2'\")/" migrations/versions/?_"$1".py
}
stage_check() {
  case $1 in
    1) write 3 check 'ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID' ;;
    2) write 4 validate 'ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check' ;;
  esac
}
