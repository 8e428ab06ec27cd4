package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.migrator.SchemaCase.By;
import dev.domicile.migrator.SchemaCase.Expectation;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Moves each case of {@code cases}: plans it, copies it, rolls it back, then copies, commits and
 * purges it, and looks with plain SQL after each step. {@code -Ddomicile.test.servers} says between
 * which servers, {@code -Ddomicile.test.case} picks cases by a pattern of their names. Where a
 * superuser and another role may move a case they take turns; in a soak both move it.
 */
final class CasesIT {
  private static final ServerPairs SERVERS = new ServerPairs();
  private static final boolean SOAK = Boolean.getBoolean("domicile.test.soak");

  /** One case, moved between two servers by one role. */
  record Run(SchemaCase moved, ServerPairs.Pair servers, boolean superuser) {
    @Override
    public String toString() {
      return moved + " " + servers + (superuser ? " by a superuser" : "");
    }
  }

  static Stream<Run> runs() {
    String names = System.getProperty("domicile.test.case", ".*");
    List<Run> runs = new ArrayList<>();
    for (SchemaCase moved : SchemaCase.all()) {
      if (moved.toString().matches(names)) {
        Expectation expected = moved.expected();
        for (ServerPairs.Pair pair : SERVERS.pairs(expected.since(), expected.bothWays())) {
          By roles = expected.by() == By.BOTH && !SOAK ? inTurn(runs.size()) : expected.by();
          if (roles != By.SUPERUSER) {
            runs.add(new Run(moved, pair, false));
          }
          if (roles != By.OWNER) {
            runs.add(new Run(moved, pair, true));
          }
        }
      }
    }
    return runs.stream();
  }

  /**
   * Every second case by a superuser, and the others as most are: by a role without such rights.
   */
  private static By inTurn(int number) {
    return number % 2 == 0 ? By.OWNER : By.SUPERUSER;
  }

  @AfterAll
  static void close() {
    SERVERS.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("runs")
  void everyRowArrivesAndNothingElseChanges(Run run) {
    try (ServerPairs.Realms realms = SERVERS.realms(run.servers())) {
      SchemaCase moved = run.moved();
      realms.us().execute(moved.createSource());
      realms.us().execute(moved.source());
      realms.eu().execute(moved.createTarget());
      realms.eu().execute(moved.target());
      new Check(realms, moved.expected(), run.superuser()).run();
    }
  }

  /** What is done with a case. */
  private static final class Check {
    private final Expectation expected;
    private final Database us;
    private final Database eu;
    private final TenantId tenant;
    private final Migrator migrator;

    Check(ServerPairs.Realms realms, Expectation expected, boolean superuser) {
      this.expected = expected;
      this.us = realms.source().asSuperuser(realms.us());
      this.eu = realms.target().asSuperuser(realms.eu());
      this.tenant = new TenantId(expected.tenant());
      this.migrator = new Migrator(realms.config(accepting(expected), superuser), "test");
    }

    void run() {
      migrator.routes().add(tenant, US);
      Map<String, List<String>> source = PlainRows.all(us);
      Map<String, List<String>> target = PlainRows.all(eu);
      Map<String, List<String>> own = own();
      assertThat(own.values().stream().allMatch(List::isEmpty)).isEqualTo(expected.empty());

      Assessment assessment = migrator.assess(tenant, EU);
      assertThat(found(assessment, Finding.Severity.ERROR))
          .containsExactlyInAnyOrderElementsOf(expected.errors());
      assertThat(found(assessment, Finding.Severity.WARNING))
          .containsExactlyInAnyOrderElementsOf(expected.warnings());
      assertThat(found(assessment, Finding.Severity.NOTE))
          .containsExactlyInAnyOrderElementsOf(expected.notes());
      schedule();
      if (!expected.errors().isEmpty()) {
        assertThatThrownBy(() -> migrator.start(tenant, Progress.Listener.NONE))
            .isInstanceOf(MigrationException.Refused.class);
        assertThat(PlainRows.all(eu)).isEqualTo(target);
        return;
      }

      migrator.start(tenant, Progress.Listener.NONE);
      assertThat(PlainRows.all(eu)).as("copied").isEqualTo(PlainRows.sum(target, own));
      migrator.rollback(tenant, Progress.Listener.NONE);
      assertThat(PlainRows.all(eu)).as("rolled back").isEqualTo(target);
      assertThat(PlainRows.all(us)).as("never written to").isEqualTo(source);

      schedule();
      migrator.start(tenant, Progress.Listener.NONE);
      migrator.commit(tenant, Progress.Listener.NONE);
      assertThat(PlainRows.all(eu)).as("moved").isEqualTo(PlainRows.sum(target, own));
      assertThat(PlainRows.all(us)).as("the old copy").isEqualTo(source);
      migrator.purge(tenant, Progress.Listener.NONE);
      assertThat(PlainRows.sum(PlainRows.all(us), own)).as("purged").isEqualTo(source);
      assertThat(PlainRows.all(eu)).as("home").isEqualTo(PlainRows.sum(target, own));
    }

    /** Exactly the warnings that are expected are accepted. */
    private static TableRules accepting(Expectation expected) {
      return expected
          .tables()
          .withAcceptedWarnings(
              expected.warnings().stream()
                  .map(warning -> warning.substring(0, warning.indexOf(' ')))
                  .collect(Collectors.toSet()));
    }

    private void schedule() {
      migrator.schedule(tenant, EU, Instant.now(), Instant.now().plus(Duration.ofHours(1)));
    }

    /** The rows that have to move. */
    private Map<String, List<String>> own() {
      Map<String, String> conditions = new HashMap<>();
      expected
          .rows()
          .forEach(
              (table, condition) ->
                  conditions.put(table.contains(".") ? table : "public." + table, condition));
      String key = tenant.clientKey().replace("'", "''");
      return PlainRows.where(us, "client_key = '" + key + "'", conditions);
    }

    private static List<String> found(Assessment assessment, Finding.Severity severity) {
      return assessment.findings().stream()
          .filter(finding -> finding.severity() == severity)
          .map(finding -> finding.code() + " " + finding.subject())
          .toList();
    }
  }
}
