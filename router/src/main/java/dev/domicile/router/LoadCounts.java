package dev.domicile.router;

import java.util.concurrent.atomic.LongAdder;

/** What became of the routes that were not cached. */
final class LoadCounts {
  private final LongAdder queries = new LongAdder();
  private final LongAdder routes = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder nanos = new LongAdder();

  void loaded(int tenants, long tookNanos) {
    queries.increment();
    routes.add(tenants);
    nanos.add(tookNanos);
  }

  void failed() {
    failures.increment();
  }

  long queries() {
    return queries.sum();
  }

  long tenants() {
    return routes.sum();
  }

  long failures() {
    return failures.sum();
  }

  long nanos() {
    return nanos.sum();
  }
}
