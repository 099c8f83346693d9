# Lets a role become another for a while, with a log of what it does then; its hook refuses some statements itself.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major-set-user
created=set_user
preload=set_user
conf="set_user.superuser_allowlist = 'dba'
set_user.block_alter_system = on"

create() {
  passes "CREATE EXTENSION set_user" 'CREATE EXTENSION set_user'
  psql -Xq -c 'CREATE ROLE dba LOGIN; CREATE ROLE owner; ALTER TABLE large OWNER TO owner; GRANT owner TO dba' \
    -c 'GRANT EXECUTE ON FUNCTION set_user(text), set_user_u(text) TO dba'
}
# as_dba STATEMENT: once it has become the superuser, which set_user allows outside of transactions alone.
as_dba() {
  PGUSER=dba psql -XAtq -v VERBOSITY=verbose -c "SELECT set_user_u('postgres')" -c "$1" 2>&1 | sed '1{/^OK$/d}' || true
}
everyday() {
  like "a role that became the superuser is still held" "$(as_dba "DROP TABLE large")" 'ERROR:  DG001: '
  like "also what set_user refuses is refused" "$(as_dba "ALTER SYSTEM SET work_mem = '8MB'")" \
    'ERROR:  42501: .*ALTER SYSTEM'
  psql -Xq -c "INSERT INTO ddlguard.policy (priority, rule, role_name, action) VALUES (1, 'drop_column', 'postgres', 'allow')"
  like "policies ask for the role that logged in" "$(as_dba "ALTER TABLE large DROP COLUMN n")" 'ERROR:  DG001: '
  psql -Xq -c 'DELETE FROM ddlguard.policy WHERE priority = 1'
  like "harmless DDL passes" "$(as_dba "CREATE TABLE made (id int); SELECT count(*) FROM made")" '^0$'
}
drop() { psql -Xq -c 'DROP TABLE made' -c 'ALTER TABLE large OWNER TO postgres'; }
