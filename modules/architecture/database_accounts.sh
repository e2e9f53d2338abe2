# Run by the database accounts task, whose image has psql and nothing of this project: script and SQL come as variables.
# Every setting of libpq (PGHOST, PGUSER, PGPASSWORD, ...) comes from the task definition.
set -eu

# A new password of the administrator is effective some minutes after RDS has taken it.
attempt=1
until psql --no-psqlrc --quiet --output /dev/null --command 'SELECT 1'; do
    if [ "$attempt" -ge "$ATTEMPTS" ]; then
        echo "The administrator cannot log in; this was attempt $attempt, the last one." >&2
        exit 2
    fi
    echo "Attempt $attempt of $ATTEMPTS; the next one in $PAUSE_SECONDS s." >&2
    attempt=$((attempt + 1))
    sleep "$PAUSE_SECONDS"
done

PGOPTIONS="-c accounts.owner=$OWNER -c accounts.users=$USERS -c accounts.user=$LITELLM_USER"
PGOPTIONS="$PGOPTIONS -c accounts.password=${LITELLM_PASSWORD:-}"
export PGOPTIONS
printf '%s\n' "$SQL" | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --single-transaction --file -
echo "LiteLLM's users are as they should be: $USERS."
