# Liquibase: each change set in a transaction of its own, unless it says runInTransaction="false".
shows='message detail hint'
changes='index required type drop'

prepare() {
  command -v java >/dev/null || apt_install default-jre-headless
  mkdir changes
}
# write NAME CHANGES [ATTRIBUTES]
write() {
  cat >"changes/$1.xml" <<END
$(sed '/<includeAll/,$d' master.xml)
  <changeSet id="$1" author="shop"${3:+ $3}>$2</changeSet>
</databaseChangeLog>
END
}
update() { # update [URL PARAMETERS]
  LIQUIBASE_ANALYTICS_ENABLED=false node-liquibase --log-level=off --username=postgres --changelog-file=master.xml \
    --url="jdbc:postgresql://127.0.0.1:$PGPORT/$PGDATABASE${1:-}" update
}
deploy() { update; }
deploy_bypassing() { update "?$BYPASS_URL"; }

init() {
  write 1_init '
  <createTable tableName="users">
    <column name="id" type="bigint" autoIncrement="true"><constraints primaryKey="true"/></column>
    <column name="email" type="text"><constraints nullable="false"/></column>
    <column name="name" type="text"/>
  </createTable>
  <createTable tableName="orders">
    <column name="id" type="bigint" autoIncrement="true"><constraints primaryKey="true"/></column>
    <column name="user_id" type="bigint">
      <constraints nullable="false" foreignKeyName="orders_user" references="users(id)"/>
    </column>
    <column name="total" type="int"><constraints nullable="false"/></column>
    <column name="note" type="varchar(40)"/>
  </createTable>'
}
change() {
  case $1 in
    index) write 2_index '<createIndex tableName="orders" indexName="orders_user_id"><column name="user_id"/></createIndex>' ;;
    required)
      write 2_required '<addColumn tableName="orders">
        <column name="currency" type="text"><constraints nullable="false"/></column></addColumn>' ;;
    type) write 5_type '<modifyDataType tableName="orders" columnName="total" newDataType="bigint"/>' ;;
    drop) write 6_drop '<dropColumn tableName="orders" columnName="note"/>' ;;
  esac
}
forget() { rm changes/?_"$1".xml; }
fix_index() {
  write 2_index '<sql>CREATE INDEX CONCURRENTLY orders_user_id ON orders (user_id)</sql>' 'runInTransaction="false"'
}
allow_inside() { sed -i "s|<changeSet .*\">|&<sql>SET LOCAL ddlguard.bypass = 'TICKET-2'</sql>|" changes/?_"$1".xml; }
stage_check() {
  case $1 in
    1) write 3_check '<sql>ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID</sql>' ;;
    2) write 4_validate '<sql>ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check</sql>' ;;
  esac
}
