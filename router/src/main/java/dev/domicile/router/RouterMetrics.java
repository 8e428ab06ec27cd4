package dev.domicile.router;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * A router's meters, for applications that use Micrometer.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><td>{@code domicile.routes.cached}</td><td>routes in the cache</td></tr>
 * <tr><td>{@code domicile.routes.hits}</td><td>scopes whose route was in the cache</td></tr>
 * <tr><td>{@code domicile.routes.misses}</td><td>tenants whose routes were read</td></tr>
 * <tr><td>{@code domicile.routes.load}</td><td>queries for them, and how long they took</td></tr>
 * <tr><td>{@code domicile.routes.load.failures}</td><td>queries for them that failed</td></tr>
 * <tr><td>{@code domicile.feed.age}</td><td>time since the control database was heard from; not a
 *     number until it was</td></tr>
 * <tr><td>{@code domicile.refusals}</td><td>callers refused, by {@code cause}</td></tr>
 * <tr><td>{@code domicile.connections}</td><td>by {@code realm} and {@code state}: active, idle,
 *     maximum, and waiting callers</td></tr>
 * </table>
 */
public final class RouterMetrics implements MeterBinder {
  private final Router router;

  /** The meters of this router. */
  public RouterMetrics(Router router) {
    this.router = router;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    bindRoutes(registry);
    TimeGauge.builder("domicile.feed.age", router, TimeUnit.SECONDS, RouterMetrics::feedAge)
        .description("Time since the control database was heard from")
        .register(registry);
    for (Refusal cause : Refusal.values()) {
      FunctionCounter.builder("domicile.refusals", router, r -> r.refusals().count(cause))
          .description("Callers that got no route or no connection")
          .tag("cause", cause.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
    bindRealms(registry);
  }

  private void bindRoutes(MeterRegistry registry) {
    Gauge.builder("domicile.routes.cached", router, r -> r.cache().size())
        .description("Routes in the cache")
        .register(registry);
    FunctionCounter.builder("domicile.routes.hits", router, r -> r.lookup().hits())
        .description("Scopes whose route was in the cache")
        .register(registry);
    FunctionCounter.builder("domicile.routes.misses", router, r -> r.loads().tenants())
        .description("Tenants whose routes were read")
        .register(registry);
    FunctionTimer.builder(
            "domicile.routes.load",
            router,
            r -> r.loads().queries(),
            r -> r.loads().nanos(),
            TimeUnit.NANOSECONDS)
        .description("Queries for routes that were not cached")
        .register(registry);
    FunctionCounter.builder("domicile.routes.load.failures", router, r -> r.loads().failures())
        .description("Queries for routes that failed")
        .register(registry);
  }

  private void bindRealms(MeterRegistry registry) {
    MultiGauge connections =
        MultiGauge.builder("domicile.connections")
            .description("Connections of the realms' pools, and callers that wait for one")
            .register(registry);
    Runnable refresh =
        () ->
            connections.register(
                router.pools().all().stream().flatMap(RouterMetrics::rows).toList(), true);
    router.pools().onChange(refresh);
    refresh.run();
  }

  private static Stream<Row<?>> rows(RealmPool pool) {
    return List.of(
        row(pool, "active", RealmPool::active),
        row(pool, "idle", RealmPool::idle),
        row(pool, "waiting", RealmPool::waiting),
        row(pool, "maximum", RealmPool::maximum))
        .stream();
  }

  private static Row<?> row(RealmPool pool, String state, ToDoubleFunction<RealmPool> value) {
    return Row.of(Tags.of("realm", pool.realm().name(), "state", state), pool, value);
  }

  private static double feedAge(Router router) {
    return router.feed().age().map(age -> age.toMillis() / 1000.0).orElse(Double.NaN);
  }
}
