# Runs statements at their time, here by background workers; in 1.4 a minute is the shortest time.
# shellcheck shell=bash disable=SC2034
package=postgresql-$major-cron
created=pg_cron
preload=pg_cron
conf="cron.database_name = 'shop'
cron.use_background_workers = on"

outcome() { sql "SELECT DISTINCT d.status FROM cron.job_run_details d JOIN cron.job j USING (jobid) WHERE jobname = '$1'"; }
everyday() {
  sql "SELECT cron.schedule('harmless', '* * * * *', 'CREATE TABLE IF NOT EXISTS made_by_cron (id int)')" >/dev/null
  sql "SELECT cron.schedule('dangerous', '* * * * *', 'DROP TABLE large')" >/dev/null
  ok "both jobs have run" within 130 "SELECT count(DISTINCT jobid) = 2 FROM cron.job_run_details WHERE status IN ('succeeded', 'failed')"
  is "the harmless one made its table" "$(outcome harmless), $(sql "SELECT to_regclass('made_by_cron')")" 'succeeded, made_by_cron'
  is "the dangerous one failed" "$(outcome dangerous)" failed
  like "with the refusal as its message" "$(sql "SELECT return_message FROM cron.job_run_details WHERE status = 'failed' LIMIT 1")" \
    'drop_(table|recently_used)'
  passes "both are taken off" "SELECT FROM cron.unschedule('harmless') UNION ALL SELECT FROM cron.unschedule('dangerous') LIMIT 0"
}
drop() { psql -Xq -c 'SELECT cron.unschedule(jobid) FROM cron.job' -c 'SET ddlguard.mode = off' -c 'DROP TABLE made_by_cron' >/dev/null; }
