package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Moves a tenant of schemas that chance made up, and rolls it back, and looks with plain SQL.
 * {@code -Ddomicile.test.schemas} says how many, {@code -Ddomicile.test.seed} repeats them.
 */
final class RandomSchemasIT {
  private static final int SCHEMAS = Integer.getInteger("domicile.test.schemas", 6);
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final TenantId MOVED = new TenantId("tenant-a");
  private static final ServerPairs SERVERS = new ServerPairs();

  static LongStream seeds() {
    System.out.printf("Schemas: %d, seed: %d%n", SCHEMAS, SEED);
    return LongStream.range(SEED, SEED + SCHEMAS);
  }

  @AfterAll
  static void close() {
    SERVERS.close();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyRowArrivesAndNothingElseChanges(long seed) {
    Random random = new Random(seed);
    RandomSchema schema = new RandomSchema(seed);
    List<ServerPairs.Pair> pairs = SERVERS.pairs(14, true);
    boolean superuser = random.nextBoolean();
    try (ServerPairs.Realms realms = SERVERS.realms(pairs.get(random.nextInt(pairs.size())))) {
      for (Database realm : List.of(realms.us(), realms.eu())) {
        realm.execute(schema.create());
      }
      realms.us().execute(schema.rows("tenant-a", 1000) + schema.rows("tenant-b", 2000));
      realms.eu().execute(schema.rows("tenant-c", 3000));
      move(realms, schema, superuser);
    }
  }

  private static void move(ServerPairs.Realms realms, RandomSchema schema, boolean superuser) {
    Database us = realms.source().asSuperuser(realms.us());
    Database eu = realms.target().asSuperuser(realms.eu());
    Map<String, String> conditions = new HashMap<>();
    schema.names().forEach(name -> conditions.put(name, RandomSchema.owned("tenant-a")));
    Map<String, List<String>> source = PlainRows.all(us);
    Map<String, List<String>> target = PlainRows.all(eu);
    Map<String, List<String>> own = PlainRows.where(us, "false", conditions);
    TableRules rules = TableRules.DEFAULT.withAcceptedWarnings(Set.of("no-key", "nullable-path"));
    Migrator migrator = new Migrator(realms.config(rules, superuser), "test");
    migrator.routes().add(MOVED, US);
    assertThat(migrator.assess(MOVED, EU).stopping(rules.acceptedWarnings()))
        .as(schema.create())
        .isEmpty();

    schedule(migrator);
    migrator.start(MOVED, Progress.Listener.NONE);
    assertThat(PlainRows.all(eu)).as("copied").isEqualTo(PlainRows.sum(target, own));
    migrator.rollback(MOVED, Progress.Listener.NONE);
    assertThat(PlainRows.all(eu)).as("rolled back").isEqualTo(target);
    assertThat(PlainRows.all(us)).as("never written to").isEqualTo(source);

    schedule(migrator);
    migrator.start(MOVED, Progress.Listener.NONE);
    migrator.commit(MOVED, Progress.Listener.NONE);
    migrator.purge(MOVED, Progress.Listener.NONE);
    assertThat(PlainRows.all(eu)).as("moved").isEqualTo(PlainRows.sum(target, own));
    assertThat(PlainRows.sum(PlainRows.all(us), own)).as("purged").isEqualTo(source);
  }

  private static void schedule(Migrator migrator) {
    migrator.schedule(MOVED, EU, Instant.now(), Instant.now().plusSeconds(3600));
  }
}
