package dev.domicile.router.flyway;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.flyway.SchemaReport.State;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.CoreErrorCode;
import org.flywaydb.core.api.ErrorCode;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.output.ValidateOutput;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The application's schema in one realm. What Flyway says of an error quotes statements, values and
 * URLs, so that none of it is passed on but names of scripts and codes.
 */
final class RealmSchema {
  private static final Logger LOG = LoggerFactory.getLogger(RealmSchema.class);
  private static final Set<MigrationState> TAKEN_BACK =
      EnumSet.of(MigrationState.UNDONE, MigrationState.DELETED);
  // Scripts that are still to be applied make a realm lag; they are no failure.
  private static final Set<ErrorCode> PENDING =
      Set.of(
          CoreErrorCode.RESOLVED_VERSIONED_MIGRATION_NOT_APPLIED,
          CoreErrorCode.RESOLVED_REPEATABLE_MIGRATION_NOT_APPLIED,
          CoreErrorCode.OUTDATED_REPEATABLE_MIGRATION);

  private final Realm realm;
  private final DatabaseConfig database;
  private final Flyway flyway;
  private final FailedScript failedScript = new FailedScript();

  RealmSchema(Realm realm, DatabaseConfig database, FluentConfiguration configuration) {
    this.realm = realm;
    this.database = database;
    this.flyway =
        configuration
            .dataSource(database.unpooled("domicile-flyway"))
            .callbacks(
                Stream.concat(Arrays.stream(configuration.getCallbacks()), Stream.of(failedScript))
                    .toArray(Callback[]::new))
            .load();
  }

  /**
   * What a look found.
   *
   * @param before the version before the call
   * @param after the version after it
   * @param newest the newest version that the application has
   */
  record Look(
      Realm realm,
      Optional<MigrationVersion> before,
      Optional<MigrationVersion> after,
      Optional<MigrationVersion> newest,
      State state,
      Optional<String> problem) {
    Look since(Optional<MigrationVersion> version) {
      return new Look(realm, version, after, newest, state, problem);
    }

    Look failed(String why) {
      return new Look(realm, before, after, newest, State.FAILED, Optional.of(why));
    }
  }

  Look migrate() {
    Look before = look();
    if (before.state() == State.UNREACHABLE) {
      return before;
    }
    try {
      flyway.migrate();
      return look().since(before.after());
    } catch (FlywayException e) {
      LOG.debug("Flyway failed on realms.{}", realm, e);
      Look after = look().since(before.after());
      return after.state() == State.FAILED && failedScript.name() == null
          ? after
          : after.failed(describe(e));
    }
  }

  Look look() {
    try (Connection connection = database.unpooled("domicile-flyway").getConnection()) {
      connection.isValid(1);
    } catch (SQLException e) {
      return unknown(State.UNREACHABLE, unreachable(e));
    }
    try {
      return known();
    } catch (FlywayException e) {
      LOG.debug("Flyway failed on realms.{}", realm, e);
      return unknown(State.FAILED, describe(e));
    }
  }

  private Look known() {
    List<MigrationInfo> all = List.of(flyway.info().all());
    int pending = flyway.info().pending().length;
    Optional<String> wrong = wrong(all);
    State state = wrong.isPresent() ? State.FAILED : pending > 0 ? State.BEHIND : State.LEVEL;
    Optional<MigrationVersion> version =
        newest(
            all.stream()
                .filter(info -> info.getState().isApplied() && !info.getState().isFailed())
                .filter(info -> !TAKEN_BACK.contains(info.getState())));
    return new Look(
        realm,
        version,
        version,
        newest(all.stream().filter(info -> info.getState() == MigrationState.PENDING)),
        state,
        wrong.or(
            () ->
                pending == 0
                    ? Optional.empty()
                    : Optional.of(pending + " scripts to apply; migrate")));
  }

  private Optional<String> wrong(List<MigrationInfo> all) {
    String failed =
        all.stream()
            .filter(info -> info.getState().isFailed())
            .map(MigrationInfo::getScript)
            .collect(Collectors.joining(", "));
    if (!failed.isEmpty()) {
      return Optional.of(
          failed + " has failed and left a part; undo it, run Flyway's repair and migrate");
    }
    if (!flyway.getConfiguration().isValidateOnMigrate()) {
      return Optional.empty();
    }
    String invalid =
        flyway.validateWithResult().invalidMigrations.stream()
            .filter(script -> !PENDING.contains(script.errorDetails.errorCode))
            .map(RealmSchema::describe)
            .collect(Collectors.joining(", "));
    return invalid.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "what was applied is not what the application has: "
                + invalid
                + "; bring the scripts back, or run Flyway's repair");
  }

  private static String describe(ValidateOutput script) {
    String name =
        script.version == null || script.version.isEmpty()
            ? "repeatable '" + script.description + "'"
            : "version " + script.version;
    return name + " (" + script.errorDetails.errorCode + ")";
  }

  private String describe(FlywayException error) {
    String state = sqlState(error).map(code -> " (SQLSTATE " + code + ")").orElse("");
    String script = failedScript.name();
    return script == null
        ? "Flyway failed with " + error.getErrorCode() + state + "; its log at DEBUG says more"
        : script + " failed" + state + "; cure what it met, or the script, and migrate again";
  }

  private String unreachable(SQLException error) {
    String state = Objects.requireNonNullElse(error.getSQLState(), "");
    String cure =
        state.equals("28P01") || state.equals("28000")
            ? "refuses user '" + database.user() + "'; check its user and password"
            : "does not answer; start it or check its url";
    return "database " + database.address() + " " + cure;
  }

  private Look unknown(State state, String problem) {
    return new Look(
        realm, Optional.empty(), Optional.empty(), Optional.empty(), state, Optional.of(problem));
  }

  private static Optional<MigrationVersion> newest(Stream<MigrationInfo> scripts) {
    return scripts
        .map(MigrationInfo::getVersion)
        .filter(Objects::nonNull)
        .max(MigrationVersion::compareTo);
  }

  private static Optional<String> sqlState(Throwable error) {
    for (@Nullable Throwable next = error; next != null; next = next.getCause()) {
      if (next instanceof SQLException sql) {
        return Optional.ofNullable(sql.getSQLState());
      }
    }
    return Optional.empty();
  }
}
