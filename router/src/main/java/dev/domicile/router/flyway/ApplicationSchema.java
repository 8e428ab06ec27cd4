package dev.domicile.router.flyway;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.flyway.SchemaReport.Entry;
import dev.domicile.router.flyway.SchemaReport.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * The application's own schema in all realm databases. One call brings all realms to the same
 * version; a realm that is down or whose script fails does not keep the others from it.
 *
 * <p>The role of each database's configuration must be allowed to change the schema.
 */
public final class ApplicationSchema {
  private static final int PARALLEL = 4;

  private final Map<Realm, DatabaseConfig> realms;
  private final int parallel;
  private final Consumer<FluentConfiguration> settings;

  /**
   * The schema in these realms, of which up to four are worked on at the same time.
   *
   * @param settings sets what Flyway shall know, such as its locations; called once for each realm
   *     and call. The data source is not its business and is set after it
   */
  public ApplicationSchema(
      Map<Realm, DatabaseConfig> realms, Consumer<FluentConfiguration> settings) {
    this(realms, PARALLEL, settings);
  }

  /**
   * The same with another number of realms at the same time.
   *
   * @param parallel 1 or more
   * @throws IllegalArgumentException if it is not
   */
  public ApplicationSchema(
      Map<Realm, DatabaseConfig> realms, int parallel, Consumer<FluentConfiguration> settings) {
    if (parallel < 1) {
      throw new IllegalArgumentException("parallel is " + parallel + ", expected 1 or more");
    }
    this.realms = new TreeMap<>(realms);
    this.parallel = parallel;
    this.settings = settings;
  }

  /**
   * Brings every realm that answers to the newest version that the application has. Called again
   * after what failed was cured, it brings the rest level.
   *
   * @throws org.flywaydb.core.api.FlywayException if the settings are wrong for every realm
   */
  public SchemaReport migrate() {
    return inEachRealm(RealmSchema::migrate);
  }

  /**
   * Reports versions and laggards; reads, and changes nothing.
   *
   * @throws org.flywaydb.core.api.FlywayException if the settings are wrong for every realm
   */
  public SchemaReport status() {
    return inEachRealm(RealmSchema::look);
  }

  private SchemaReport inEachRealm(Function<RealmSchema, RealmSchema.Look> work) {
    // Flyway takes its class loader from the thread that configures it: the caller's.
    List<RealmSchema> schemas = new ArrayList<>();
    realms.forEach((realm, database) -> schemas.add(schema(realm, database)));
    AtomicInteger count = new AtomicInteger();
    ExecutorService workers =
        Executors.newFixedThreadPool(
            Math.max(1, Math.min(parallel, schemas.size())),
            task -> {
              Thread thread = new Thread(task, "domicile-flyway-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<CompletableFuture<RealmSchema.Look>> looks =
          schemas.stream()
              .map(schema -> CompletableFuture.supplyAsync(() -> work.apply(schema), workers))
              .toList();
      return report(looks.stream().map(CompletableFuture::join).toList());
    } finally {
      workers.shutdown();
    }
  }

  private RealmSchema schema(Realm realm, DatabaseConfig database) {
    FluentConfiguration configuration = Flyway.configure();
    settings.accept(configuration);
    return new RealmSchema(realm, database, configuration);
  }

  /** A realm is level only beside the others: one of them may be ahead of this application. */
  private static SchemaReport report(List<RealmSchema.Look> looks) {
    Optional<MigrationVersion> newest =
        looks.stream()
            .flatMap(look -> Stream.of(look.after(), look.newest()))
            .flatMap(Optional::stream)
            .max(MigrationVersion::compareTo);
    return new SchemaReport(looks.stream().map(look -> entry(look, newest)).toList());
  }

  private static Entry entry(RealmSchema.Look look, Optional<MigrationVersion> newest) {
    State state = look.state();
    Optional<String> problem = look.problem();
    if (state == State.LEVEL && !look.after().equals(newest)) {
      state = State.BEHIND;
      problem =
          newest.map(version -> "the newest realm is at version " + version + "; migrate this one");
    }
    return new Entry(
        look.realm(),
        look.before().map(MigrationVersion::toString).orElse(null),
        look.after().map(MigrationVersion::toString).orElse(null),
        state,
        problem.orElse(null));
  }
}
