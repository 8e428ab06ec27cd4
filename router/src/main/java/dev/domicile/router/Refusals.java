package dev.domicile.router;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How often callers were refused, by cause. */
final class Refusals {
  private final Map<Refusal, LongAdder> counts = new EnumMap<>(Refusal.class);

  Refusals() {
    for (Refusal cause : Refusal.values()) {
      counts.put(cause, new LongAdder());
    }
  }

  /** Counts and returns the error. */
  <E extends Exception> E count(Refusal cause, E error) {
    note(cause);
    return error;
  }

  /** Counts a refusal that somebody else told the caller. */
  void note(Refusal cause) {
    adder(cause).increment();
  }

  long count(Refusal cause) {
    return adder(cause).sum();
  }

  private LongAdder adder(Refusal cause) {
    return java.util.Objects.requireNonNull(counts.get(cause));
  }
}
