package dev.domicile.migrator.session;

import dev.domicile.migrator.MigrationException;
import dev.domicile.router.DatabaseConfig;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Turns a driver's errors into ours, without secrets and without row contents. */
public final class Failures {
  // Classes of errors whose messages name tables and constraints, never values. A data exception
  // (22) quotes the value, and what a trigger raises (P0) may say anything.
  private static final Set<String> SPEAKABLE =
      Set.of("08", "23", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58");

  // What may pass: serialisation, deadlock, lock not available, a statement given up for its time,
  // too many connections or too little memory for a while.
  private static final Set<String> PASSING =
      Set.of("40001", "40P01", "55P03", "57014", "53000", "53200", "53300");

  private Failures() {}

  /** Whether the same work may succeed if it is done again later. */
  public static boolean mayPass(Throwable error) {
    return error instanceof MigrationException.DatabaseUnavailable
        || (error instanceof MigrationException.StatementFailed failed
            && PASSING.contains(failed.sqlState()));
  }

  /** The error of a database that could not be opened. */
  public static MigrationException unavailable(
      String name, DatabaseConfig config, SQLException error) {
    String state = Objects.requireNonNullElse(error.getSQLState(), "");
    String cure =
        switch (state) {
          case "28P01", "28000" ->
              "refuses user '" + config.user() + "'; check " + name + ".user and .password";
          case "3D000" -> "is not there; create it or check " + name + ".url";
          case "53300" -> "has no free connection; raise max_connections or lower copy.jobs";
          default -> "does not answer; start it or check " + name + ".url";
        };
    return new MigrationException.DatabaseUnavailable(
        "database " + name + " (" + config.address() + ") " + cure, withoutDetail(error));
  }

  /** The error of a statement that failed on an open connection. */
  public static MigrationException statement(String name, SQLException error) {
    String state = Objects.requireNonNullElse(error.getSQLState(), "");
    if (state.startsWith("08") || state.startsWith("57P")) {
      return new MigrationException.DatabaseUnavailable(
          "database " + name + " went away; what was committed is safe, start again to go on",
          withoutDetail(error));
    }
    if (state.equals("42P01") && describe(error).contains("domicile.")) {
      return new MigrationException.InvalidRequest(
          "database " + name + " does not hold Domicile's tables; run init first");
    }
    return new MigrationException.StatementFailed(
        "database " + name + ": " + describe(error) + " (SQLSTATE " + state + ")",
        state,
        withoutDetail(error));
  }

  /** The same for jOOQ, whose own message quotes the statement. */
  public static MigrationException statement(String name, DataAccessException error) {
    SQLException cause = error.getCause(SQLException.class);
    return statement(name, cause == null ? new SQLException("jOOQ failed") : cause);
  }

  private static String describe(SQLException error) {
    ServerErrorMessage server = serverMessage(error);
    if (server == null) {
      return "a statement failed";
    }
    String where = server.getTable() == null ? "" : " in table " + server.getTable();
    String state = Objects.requireNonNullElse(server.getSQLState(), "");
    return state.length() == 5 && SPEAKABLE.contains(state.substring(0, 2))
        ? server.getMessage() + where
        : "a statement failed" + where;
  }

  /** The server's word; behind a batch it is the next exception's. */
  private static @Nullable ServerErrorMessage serverMessage(SQLException error) {
    for (Throwable next : error) {
      if (next instanceof PSQLException postgres && postgres.getServerErrorMessage() != null) {
        return postgres.getServerErrorMessage();
      }
    }
    return null;
  }

  private static SQLException withoutDetail(SQLException error) {
    SQLException clean = new SQLException(describe(error), error.getSQLState());
    clean.setStackTrace(error.getStackTrace());
    return clean;
  }
}
