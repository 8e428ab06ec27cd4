package dev.domicile.servlet.hooks;

import static dev.domicile.servlet.hooks.HookSite.EU;
import static dev.domicile.servlet.hooks.HookSite.TENANT;
import static dev.domicile.servlet.hooks.HookSite.US;
import static dev.domicile.servlet.hooks.HookSite.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.MigrationState;
import dev.domicile.servlet.hooks.Node.Answer;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Promise P8: hooks repeated, reordered and sent to two nodes at once. Whatever comes, at the end
 * the tenant has one home with all its rows. {@code -Ddomicile.test.sequences} says how many.
 */
final class HookSequencesIT {
  private static final int SEQUENCES = Integer.getInteger("domicile.test.sequences", 12);
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final String[] HOOKS = {"schedule", "start", "commit", "rollback", "status"};
  private static final String[] USUAL = {"schedule", "start", "status", "commit"};

  /** Where the tenant once was at home the fence stays up, to nodes that have that route. */
  private static final String RETURNED =
      "SELECT count(*) FROM domicile.migration"
          + " WHERE state = 'ROLLED_BACK' AND committed_at IS NOT NULL";

  private static final String UNSETTLED =
      """
      SELECT count(*) FROM domicile.migration
      WHERE state NOT IN ('COMMITTED', 'PURGED', 'ROLLED_BACK')
         OR (state = 'COMMITTED' AND (wanted = 'ROLLBACK' OR (copies AND opened_at IS NULL)))
      """;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void atTheEndThereIsExactlyOneHome() throws Exception {
    System.out.println("-Ddomicile.test.seed=" + SEED);
    Random random = new Random(SEED);
    Map<String, Integer> ends = new HashMap<>();
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try (HookSite site = new HookSite(databases, 30)) {
      List<String> before = rows(site.us, TENANT);
      List<String> eu = SampleApp.everything(site.eu);
      List<Node> nodes = List.of(site.node(), site.node());
      for (int i = 0; i < SEQUENCES; i++) {
        String body = body(random, site, i);
        List<Future<Answer>> answers = new ArrayList<>();
        List<String> sent = new ArrayList<>();
        for (int step = 0; step < 4 + random.nextInt(10); step++) {
          String hook =
              random.nextInt(3) == 0
                  ? HOOKS[random.nextInt(HOOKS.length)]
                  : USUAL[Math.min(step, USUAL.length - 1)];
          for (int times = random.nextInt(3); times >= 0; times--) {
            Node node = nodes.get(random.nextInt(2));
            sent.add(hook);
            answers.add(threads.submit(() -> call(node, hook, body)));
          }
          Thread.sleep(random.nextInt(4) == 0 ? random.nextInt(700) : random.nextInt(60));
        }
        for (Future<Answer> answer : answers) {
          assertThat(answer.get().status()).as("seed %s: %s", SEED, sent).isIn(200, 202, 409, 503);
        }
        boolean commit = random.nextInt(4) > 0;
        boolean stands = random.nextInt(3) > 0;
        String end = settle(site, nodes.get(random.nextInt(2)), body, commit, stands);
        ends.merge(end, 1, Integer::sum);
        requireOneHome(site, before, eu, end + " after seed " + SEED + ": " + sent);
        if (site.home(TENANT).equals(EU)) {
          takeBack(site);
        }
      }
      requireAllowedChanges(site.control);
      System.out.println("Ends: " + ends);
    } finally {
      threads.shutdownNow();
    }
  }

  private static Answer call(Node node, String hook, String body) throws Exception {
    Answer answer = hook.equals("status") ? node.status(TENANT) : node.post(TENANT, hook, body);
    if (hook.equals("status")) {
      assertThat(answer.status()).isEqualTo(200);
    }
    return answer;
  }

  private static String body(Random random, HookSite site, int i) {
    String window =
        HookSite.window(site.clock.start.minusSeconds(1000 - i), Duration.ofHours(2), "EU");
    return random.nextBoolean() ? window : window.replace("{", "{\"migrationId\":" + i + ",");
  }

  /** The service's last word on every migration is a commit or a rollback. */
  private static String settle(
      HookSite site, Node node, String body, boolean commit, boolean stands) throws Exception {
    if (commit) {
      settled(site, "no copy", () -> !node.status(TENANT).word().equals("copying"));
      node.post(TENANT, "commit", body);
    }
    boolean promised = List.of("committing", "committed").contains(node.status(TENANT).word());
    if (!promised || !stands) {
      node.post(TENANT, "rollback", body);
    }
    settled(site, "nothing left to do", () -> site.control.number(UNSETTLED) == 0);
    boolean takenBack =
        site.control.number(
                "SELECT count(*) FROM domicile.migration_event AS e JOIN domicile.migration AS m"
                    + " ON m.id = e.migration_id WHERE e.to_state = 'RETURNING'"
                    + " AND m.id = (SELECT max(id) FROM domicile.migration)")
            > 0;
    return site.states().isEmpty() ? "NONE" : last(site.states()) + (takenBack ? ", back" : "");
  }

  private static void settled(HookSite site, String what, Callable<Boolean> condition) {
    try {
      Awaitility.await(what).atMost(HookSite.LONGEST).until(condition);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("seed " + SEED + ": " + site.story(), e);
    }
  }

  private static void requireOneHome(
      HookSite site, List<String> before, List<String> eu, String what) {
    boolean committed =
        site.control.number(
                "SELECT count(*) FROM domicile.route WHERE client_key = 'tenant-a' AND realm ="
                    + " 'EU'")
            == 1;
    assertThat(site.home(TENANT)).as(what).isEqualTo(committed ? EU : US);
    assertThat(rows(committed ? site.eu : site.us, TENANT)).as(what).isEqualTo(before);
    if (!committed) {
      if (site.control.number(RETURNED) == 0) {
        assertThat(fences(site.eu)).as(what).isZero();
      }
      assertThat(SampleApp.everything(site.eu)).as(what).isEqualTo(eu);
      assertThat(fences(site.us)).as(what).isZero();
    } else {
      assertThat(fences(site.us)).as(what).isPositive();
    }
    assertThat(
            site.control.number(
                "SELECT count(*) FROM domicile.migration WHERE state = 'COMMITTED' AND copies"))
        .as(what)
        .isLessThanOrEqualTo(1);
  }

  /** As if it had never moved, for the next sequence: rows by hand, the route by the table. */
  private static void takeBack(HookSite site) {
    for (Database realm : List.of(site.us, site.eu)) {
      realm.execute(
          "DO $$ DECLARE t record; BEGIN FOR t IN SELECT tgname, tgrelid::regclass AS r FROM"
              + " pg_trigger WHERE tgname LIKE 'domicile_fence%' LOOP EXECUTE format('DROP TRIGGER"
              + " %I ON %s', t.tgname, t.r); END LOOP; END $$");
    }
    site.eu.execute(
        """
        DELETE FROM note_label WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-a');
        DELETE FROM attachment WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-a');
        DELETE FROM comment WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-a');
        DELETE FROM note WHERE client_key = 'tenant-a';
        DELETE FROM board WHERE client_key = 'tenant-a';
        DELETE FROM atlassian_host WHERE client_key = 'tenant-a';
        """);
    site.control.execute(
        "UPDATE domicile.route SET realm = 'US', epoch = epoch + 1 WHERE client_key = 'tenant-a';"
            + " UPDATE domicile.migration SET state = 'PURGED' WHERE state = 'COMMITTED' AND"
            + " copies");
  }

  private static void requireAllowedChanges(Database control) {
    for (String change :
        control.list(
            "SELECT DISTINCT from_state || ' ' || to_state FROM domicile.migration_event WHERE"
                + " from_state IS NOT NULL")) {
      String[] states = change.split(" ", 2);
      assertThat(MigrationState.valueOf(states[0]).mayBecome(MigrationState.valueOf(states[1])))
          .as(change)
          .isTrue();
    }
    assertThat(Set.copyOf(control.list("SELECT state FROM domicile.migration")))
        .isSubsetOf("PURGED", "ROLLED_BACK", "COMMITTED");
  }

  private static long fences(Database database) {
    return database.number("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'domicile_fence%'");
  }

  private static String last(List<String> list) {
    return list.get(list.size() - 1);
  }
}
