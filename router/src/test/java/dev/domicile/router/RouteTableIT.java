package dev.domicile.router;

import static dev.domicile.router.Site.EU;
import static dev.domicile.router.Site.US;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.TestDatabases;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Promise P5: whoever changes a route at the same time, each change is made on what it saw. */
final class RouteTableIT {
  private static final int THREADS = 4;
  private static final int STEPS = 250;
  private static final List<TenantId> TENANTS =
      List.of(new TenantId("one"), new TenantId("two"), new TenantId("three"));

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final long seed = Long.getLong("domicile.test.seed", System.nanoTime());

  @Test
  void eachEpochOfATenantIsReachedByExactlyOneChange() throws Exception {
    System.out.println("RouteTableIT: -Ddomicile.test.seed=" + seed);
    Site site = new Site(databases);
    ConcurrentLinkedQueue<Change> made = new ConcurrentLinkedQueue<>();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<Future<Void>> writers = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Random random = new Random(seed + i);
      Callable<Void> writer =
          () -> {
            try (var connection = site.control.connect()) {
              RouteTable table = new RouteTable(DSL.using(connection, SQLDialect.POSTGRES));
              for (int step = 0; step < STEPS; step++) {
                change(table, random).ifPresent(made::add);
              }
            }
            return null;
          };
      writers.add(threads.submit(writer));
    }
    for (Future<Void> writer : writers) {
      writer.get();
    }
    threads.shutdown();

    for (TenantId tenant : TENANTS) {
      List<Change> changes = made.stream().filter(c -> c.tenant().equals(tenant)).toList();
      // A change that added a route did not see an epoch: it takes what the others left.
      List<Long> reached =
          changes.stream().map(Change::reached).filter(epoch -> epoch > 0).sorted().toList();
      assertThat(reached).as("epochs of %s", tenant).doesNotHaveDuplicates();
      assertThat(changes).isNotEmpty();
      long last =
          site.control.number(
              "SELECT epoch FROM domicile.route WHERE client_key = '" + tenant + "'");
      assertThat(changes).hasSize((int) last);
      long added = changes.stream().filter(c -> c.reached() == 0).count();
      assertThat(reached.size() + added).isEqualTo(last);
      assertThat(reached).isSubsetOf(LongStream.rangeClosed(1, last).boxed().toList());
    }
  }

  /** Looks, and changes what it saw; others change it in between. */
  private static Optional<Change> change(RouteTable table, Random random) {
    TenantId tenant = TENANTS.get(random.nextInt(TENANTS.size()));
    Realm realm = random.nextBoolean() ? US : EU;
    Optional<Route> seen = table.find(tenant);
    if (seen.isEmpty()) {
      return made(table.add(tenant, realm), tenant, 0);
    }
    Route route = seen.get();
    long next = route.epoch() + 1;
    return switch (random.nextInt(4)) {
      case 0 -> made(table.remove(route), tenant, next);
      case 1 -> made(table.setState(route, Route.State.FROZEN), tenant, next);
      // Succeeds only if the route was removed since it was seen.
      case 2 -> made(table.add(tenant, realm), tenant, 0);
      default -> made(table.moveTo(route, realm), tenant, next);
    };
  }

  private static Optional<Change> made(boolean done, TenantId tenant, long reached) {
    return done ? Optional.of(new Change(tenant, reached)) : Optional.empty();
  }

  /** A change that was made, and the epoch that it reached; 0 if it could not know. */
  private record Change(TenantId tenant, long reached) {}
}
