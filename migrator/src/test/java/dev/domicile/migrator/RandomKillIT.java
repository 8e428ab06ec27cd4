package dev.domicile.migrator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.cli.CommandLineFixture;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.StatementProxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promises P1 to P4, with SIGKILL of the migrator's process or of a server (fsync on) at random
 * statements of moves, rollbacks and purges. {@code -Ddomicile.test.seed} repeats a run.
 */
final class RandomKillIT {
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final int KILLS = Boolean.getBoolean("domicile.test.soak") ? 200 : 3;
  private static final List<KillScenario> SCENARIOS = List.of(KillScenario.values());
  private static final int KILLS_OF_ONE_VERB = 3;
  private static final int POINTS = 500;
  private static final long LONGEST_VERB_SECONDS = 120;

  @TempDir Path folder;

  private final Random random = new Random(SEED);

  @Test
  void everythingEndsAsItShouldWhateverIsKilled() throws Exception {
    System.out.printf("Kills: %d, seed: %d%n", KILLS, SEED);
    try (EmbeddedServer home = EmbeddedServer.startDurable();
        EmbeddedServer away = EmbeddedServer.startDurable();
        KillStage stage =
            new KillStage(
                home.createDatabase("control"),
                home.createDatabase("us"),
                away.createDatabase("eu"))) {
      assertThat(away.admin().list("SHOW fsync")).containsExactly("on");
      CommandLineFixture cli = new CommandLineFixture(folder, stage.yaml());
      int kills = 0;
      while (kills < KILLS) {
        KillScenario scenario = SCENARIOS.get(random.nextInt(SCENARIOS.size()));
        TenantId tenant = stage.newTenant();
        KillScenario.Before before = new KillScenario.Before(stage, tenant);
        scenario.arrange(stage, tenant);
        int times = 1 + random.nextInt(Math.min(KILLS_OF_ONE_VERB, KILLS - kills));
        for (int i = 0; i < times; i++) {
          kills += disturb(stage, cli, scenario.verb(tenant), victims(home, away)) ? 1 : 0;
          stage.requireOneHome(tenant);
        }
        scenario.resume(stage, tenant);
        scenario.check(stage, tenant, before);
      }
    }
  }

  /** Runs a verb in a process of its own and kills somebody at a point of it, if it gets there. */
  private boolean disturb(
      KillStage stage, CommandLineFixture cli, List<String> verb, List<Victim> victims)
      throws Exception {
    int at = 1 + random.nextInt(POINTS);
    int choice = random.nextInt(victims.size() + 1);
    boolean atOnce = random.nextBoolean();
    AtomicInteger points = new AtomicInteger();
    CompletableFuture<Process> migrator = new CompletableFuture<>();
    AtomicReference<StatementProxy.Point> struck = new AtomicReference<>();
    CompletableFuture<Void> over = new CompletableFuture<>();
    stage.arm(
        point -> {
          if (points.incrementAndGet() != at) {
            return false;
          }
          struck.set(point);
          if (choice == victims.size()) {
            kill(migrator.join());
          } else {
            victims.get(choice).server().kill();
            if (atOnce) {
              victims.get(choice).server().restart();
            }
          }
          over.complete(null);
          return true;
        });
    Process process = cli.start(verb.toArray(String[]::new));
    migrator.complete(process);
    assertThat(process.waitFor(LONGEST_VERB_SECONDS, TimeUnit.SECONDS))
        .as("%s ends, after %s; seed %d", verb, struck.get(), SEED)
        .isTrue();
    stage.disarm();
    boolean happened = struck.get() != null;
    if (happened) {
      over.get(LONGEST_VERB_SECONDS, TimeUnit.SECONDS);
    }
    String victim = choice == victims.size() ? "migrator" : victims.get(choice).name();
    if (happened && choice < victims.size() && !atOnce) {
      victims.get(choice).server().restart();
    }
    System.out.printf(
        "%s: %s%n",
        happened ? "killed " + victim + (atOnce ? ", back at once" : "") : "undisturbed",
        happened ? struck.get() : verb);
    return happened;
  }

  private static List<Victim> victims(EmbeddedServer home, EmbeddedServer away) {
    return List.of(new Victim("server of control and US", home), new Victim("server of EU", away));
  }

  private static void kill(Process process) {
    process.destroyForcibly();
    process.onExit().join();
  }

  private record Victim(String name, EmbeddedServer server) {}
}
