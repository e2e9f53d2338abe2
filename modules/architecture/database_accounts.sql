-- LiteLLM's users, made by the administrator; run as often as one likes. What differs from one environment to another
-- comes as settings of the session (PGOPTIONS), the password included: a connection's options are in no statement, and
-- so in no log, whatever log_statement says.
--
--   accounts.owner     role that owns all that LiteLLM creates; nobody logs in with it
--   accounts.users     LiteLLM's users, separated by commas
--   accounts.user      the one of them whose password is set
--   accounts.password  that password; without one the users log in with tokens of IAM
DO $accounts$
DECLARE
    owner text := current_setting('accounts.owner');
    users text[] := string_to_array(current_setting('accounts.users'), ',');
    current_user_name text := current_setting('accounts.user');
    password text := nullif(current_setting('accounts.password', true), '');
    login text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = owner) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', owner);
    END IF;
    -- Only a member can hand something over.
    EXECUTE format('GRANT %I TO CURRENT_USER', owner);
    EXECUTE format('ALTER SCHEMA public OWNER TO %I', owner);
    EXECUTE format('GRANT ALL ON DATABASE %I TO %I', current_database(), owner);

    FOREACH login IN ARRAY users LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', login);
        END IF;
        EXECUTE format('GRANT %I TO %I', owner, login);
        -- Whatever one user creates, the other one can change: it belongs to their owner.
        EXECUTE format('ALTER ROLE %I SET role = %L', login, owner);
        IF password IS NULL THEN
            EXECUTE format('GRANT rds_iam TO %I', login);
        END IF;
    END LOOP;

    IF password IS NOT NULL THEN
        BEGIN
            EXECUTE format('ALTER ROLE %I PASSWORD %L', current_user_name, password);
        EXCEPTION WHEN OTHERS THEN
            -- The error itself would put the statement into the log as its context.
            RAISE EXCEPTION 'the password of % cannot be set: %', current_user_name, SQLERRM;
        END;
    END IF;
END
$accounts$;
