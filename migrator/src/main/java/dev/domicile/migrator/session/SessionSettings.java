package dev.domicile.migrator.session;

/**
 * What every {@link RealmSession} sets, so that values have the same text on every server and
 * nothing is done to a row that nobody asked for.
 *
 * <p>An empty {@code search_path} makes the server write every name with its schema. With {@code
 * row_security} off a policy that would hide rows is an error instead of a silent loss. How much is
 * done at a time is for the number of jobs to say, and a chunk is too short for its plan to be
 * compiled. A server that can looks every two seconds whether somebody still waits for its answer.
 */
final class SessionSettings {
  static final String SQL =
      """
      SET search_path = '';
      SET TimeZone = 'UTC';
      SET DateStyle = 'ISO, YMD';
      SET IntervalStyle = 'postgres';
      SET extra_float_digits = 1;
      SET bytea_output = 'hex';
      SET xmloption = 'content';
      SET row_security = off;
      SET synchronous_commit = on;
      SET statement_timeout = 0;
      SET idle_in_transaction_session_timeout = 0;
      SET lock_timeout = '10s';
      SET work_mem = '32MB';
      SET max_parallel_workers_per_gather = 0;
      SET jit = off;
      DO $$ BEGIN
        PERFORM set_config('client_connection_check_interval', '2s', false);
      EXCEPTION WHEN OTHERS THEN NULL;
      END $$
      """;

  private SessionSettings() {}
}
