package dev.domicile.router;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Lincheck makes up short programs of several threads, tries the orders in which their steps can be
 * taken, and prints a program and an order whose outcome one thread could not have had.
 */
final class PinnedRouteTest {
  @Test
  void allThreadsOfAScopeSeeOneRouteWhateverChangesMeanwhile() {
    new ModelCheckingOptions()
        .threads(3)
        .actorsBefore(0)
        .actorsPerThread(2)
        .actorsAfter(1)
        .iterations(10)
        .invocationsPerIteration(1000)
        .sequentialSpecification(OneThread.class)
        .check(Scope.class);
  }

  /** A scope that several threads share, while the tenant's route changes. */
  public static final class Scope {
    private static final TenantId TENANT = new TenantId("tenant");
    private static final List<Route> ROUTES =
        LongStream.range(0, 20)
            .mapToObj(
                epoch ->
                    new Route(TENANT, new Realm("EU"), Route.State.ACTIVE, epoch, Instant.EPOCH))
            .toList();

    private final PinnedRoute scope = new PinnedRoute(TENANT);
    private volatile int epoch;

    /** One thread at a time changes the route. */
    @Operation(nonParallelGroup = "feed")
    public void change() {
      int next = epoch + 1;
      epoch = next;
    }

    /** The epoch of the scope's route. */
    @Operation
    public long resolve() throws SQLException {
      return scope.resolve(tenant -> ROUTES.get(epoch)).epoch();
    }
  }

  /** The same where there is one thread. */
  public static final class OneThread {
    private static final long NONE = -1;

    private long epoch;
    private long pinned = NONE;

    /** Changes the route. */
    public void change() {
      epoch++;
    }

    /** The epoch of the first route that was looked at. */
    public long resolve() {
      if (pinned == NONE) {
        pinned = epoch;
      }
      return pinned;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof OneThread that && epoch == that.epoch && pinned == that.pinned;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(epoch + 31 * pinned);
    }
  }
}
