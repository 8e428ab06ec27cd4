package dev.domicile.servlet.hooks;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How often each kind of work was done, how it ended, and how long it took. */
final class Timings<K extends Enum<K>> {
  private final Map<K, Map<Outcome, Timing>> timings;

  Timings(Class<K> kinds) {
    timings = new EnumMap<>(kinds);
    for (K kind : kinds.getEnumConstants()) {
      Map<Outcome, Timing> outcomes = new EnumMap<>(Outcome.class);
      for (Outcome outcome : Outcome.values()) {
        outcomes.put(outcome, new Timing());
      }
      timings.put(kind, outcomes);
    }
  }

  /** How a piece of work ended. */
  enum Outcome {
    /** As it was meant. */
    DONE,
    /** For good, but otherwise than it was meant. */
    REFUSED,
    /** Not now; it is asked for or tried again. */
    LATER;

    static Outcome ofStatus(int status) {
      return status < 300 ? DONE : status < 500 ? REFUSED : LATER;
    }
  }

  /** Counts one that began then, by {@link System#nanoTime}. */
  void count(K kind, Outcome outcome, long begun) {
    Timing timing = of(kind, outcome);
    timing.count.increment();
    timing.nanos.add(System.nanoTime() - begun);
  }

  Timing of(K kind, Outcome outcome) {
    Map<Outcome, Timing> outcomes = timings.get(kind);
    Timing timing = outcomes == null ? null : outcomes.get(outcome);
    if (timing == null) {
      throw new IllegalStateException("every kind and outcome is there from the beginning");
    }
    return timing;
  }

  /** Of one kind and outcome. */
  static final class Timing {
    private final LongAdder count = new LongAdder();
    private final LongAdder nanos = new LongAdder();

    long count() {
      return count.sum();
    }

    double nanos() {
      return nanos.sum();
    }
  }
}
