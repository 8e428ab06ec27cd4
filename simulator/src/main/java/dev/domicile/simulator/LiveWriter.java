package dev.domicile.simulator;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Writes for a site on a thread of its own, as its users do, who know nothing of a migration. */
final class LiveWriter implements AutoCloseable {
  private static final long PAUSE_MILLIS = 10;
  private static final int MOST = 300;

  private final Site site;
  private final AtomicInteger attempts = new AtomicInteger();
  private final Thread thread;
  private volatile boolean stopped;

  /** Begins to write. */
  LiveWriter(Site site) {
    this.site = site;
    this.thread = new Thread(this::write, "live-writer");
    thread.setDaemon(true);
    thread.start();
  }

  /** How many writes have been answered, or refused. */
  int attempts() {
    return attempts.get();
  }

  /** Ends with the write that is under way. */
  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ScenarioEndedException.failed("stopped while writing");
    }
  }

  private void write() {
    try {
      while (!stopped && attempts.get() < MOST) {
        site.write();
        attempts.incrementAndGet();
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
