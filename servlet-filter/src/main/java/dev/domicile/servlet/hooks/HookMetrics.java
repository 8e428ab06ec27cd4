package dev.domicile.servlet.hooks;

import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Order.Wanted;
import dev.domicile.servlet.hooks.Timings.Outcome;
import dev.domicile.servlet.hooks.Timings.Timing;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The meters of a node's hooks, for applications that use Micrometer.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><td>{@code domicile.migrations.open}</td><td>migrations that are open, on all nodes together,
 *     by {@code state}; of the node's last look</td></tr>
 * <tr><td>{@code domicile.hooks}</td><td>calls of hooks that this node answered, and how long the
 *     answers took, by {@code hook} and {@code outcome}: done (2xx), refused (4xx) or later
 *     (5xx)</td></tr>
 * <tr><td>{@code domicile.migrations.work}</td><td>work that this node did for them, and how long it
 *     took, by {@code step} (schedule, copy, commit, rollback) and {@code outcome}: done, refused
 *     (given up) or later (tried again)</td></tr>
 * </table>
 */
public final class HookMetrics implements MeterBinder {
  private final MigrationHooks hooks;

  /** The meters of this node. */
  public HookMetrics(MigrationHooks hooks) {
    this.hooks = hooks;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    for (MigrationState state : MigrationState.values()) {
      if (!state.isOver()) {
        Gauge.builder(
                "domicile.migrations.open", hooks, h -> h.health().open().getOrDefault(state, 0))
            .description("Migrations that are open, on all nodes together")
            .tag("state", name(state))
            .register(registry);
      }
    }
    for (Hook hook : Hook.values()) {
      for (Outcome outcome : Outcome.values()) {
        bind(
            registry,
            "domicile.hooks",
            "Calls of hooks that were answered",
            Tags.of("hook", name(hook), "outcome", name(outcome)),
            hooks.answered().of(hook, outcome));
      }
    }
    for (Wanted step : Wanted.values()) {
      for (Outcome outcome : Outcome.values()) {
        bind(
            registry,
            "domicile.migrations.work",
            "Work that was done for migrations",
            Tags.of("step", name(step), "outcome", name(outcome)),
            hooks.tasks().worked().of(step, outcome));
      }
    }
  }

  private static void bind(
      MeterRegistry registry, String name, String description, Tags tags, Timing timing) {
    FunctionTimer.builder(name, timing, Timing::count, Timing::nanos, TimeUnit.NANOSECONDS)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
