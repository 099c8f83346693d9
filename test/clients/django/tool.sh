# Django: makemigrations and migrate, one transaction for each migration unless it says atomic = False.
shows='message detail hint'
changes='index required type drop'
# A default is added for the rows that are there and dropped at once.
required_rule=drop_default_on_not_null

django() { /usr/bin/python3 manage.py "$@" --no-color; }
prepare() {
  /usr/bin/python3 -c 'import django, psycopg2' 2>/dev/null || apt_install python3-django python3-psycopg2
}
deploy() { django migrate; }
deploy_bypassing() { DATABASE_OPTIONS=$BYPASS_OPTIONS django migrate; }
latest() { basename "$(ls app/migrations/0*.py | tail -n 1)" .py; }
model() { sed -i "$1" app/models.py && django makemigrations app --name "$2" >/dev/null; }
write() { # write NAME SQL
  local after
  after=$(latest)
  cat >"app/migrations/$1.py" <<PYTHON
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [('app', '$after')]
    operations = [migrations.RunSQL("$2")]
PYTHON
}

init() { django makemigrations app --name init >/dev/null; }
change() {
  local after
  cp app/models.py models.before
  case $1 in
    index) model "s/# indexes/indexes = [models.Index(fields=['user'], name='orders_user_id_idx')]/" index ;;
    # Django asks for a default here: the migration as it is written when one has been given just for it.
    required)
      after=$(latest)
      cat >app/migrations/0002_required.py <<PYTHON
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [('app', '$after')]
    operations = [migrations.AddField('order', 'currency', models.TextField(default='EUR'), preserve_default=False)]
PYTHON
      ;;
    type) model 's/total = .*/total = models.BigIntegerField()/' type ;;
    drop) model '/note = /d' drop ;;
  esac
}
forget() { rm -f app/migrations/*_"$1".py && mv models.before app/models.py; }
fix_index() {
  sed -i -e 's/migrations.AddIndex(/AddIndexConcurrently(/' \
    -e 's/^class Migration.*/from django.contrib.postgres.operations import AddIndexConcurrently\n\n&\n    atomic = False/' \
    app/migrations/*_index.py
}
allow_inside() {
  sed -i "s/^    operations = \[/&\n        migrations.RunSQL(\"SET LOCAL ddlguard.bypass = 'TICKET-2'\"),/" app/migrations/*_"$1".py
}
stage_check() {
  case $1 in
    1) write 0003_check 'ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID' ;;
    2) write 0004_validate 'ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check' ;;
  esac
}
