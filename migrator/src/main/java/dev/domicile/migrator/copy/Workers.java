package dev.domicile.migrator.copy;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.session.Failures;
import dev.domicile.migrator.session.RealmSession;
import dev.failsafe.Failsafe;
import dev.failsafe.RetryPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fixed number of threads, each with a session to either realm. What fails for a reason that may
 * pass is tried again, over new sessions where the old ones are lost; any other failure stops all,
 * and nothing counts as done unless every item is.
 */
public final class Workers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

  /** How many small things are done at once. */
  static final int TOGETHER = 16;

  /** How many turns each job has at least. */
  private static final int TURNS = 2;

  private static final Duration FIRST_DELAY = Duration.ofMillis(100);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(5);
  private static final double JITTER = 0.25;
  // How often the delay doubles until it is the longest.
  private static final int FIRST_ATTEMPTS = 6;

  private final List<Sessions> sessions = new ArrayList<>();
  private final ExecutorService threads;
  private final Duration patience;

  /** Opens the sessions; a failure is final. */
  public Workers(int jobs, Supplier<RealmSession> source, Supplier<RealmSession> target) {
    this(CopySettings.DEFAULT.withJobs(jobs).withPatience(Duration.ZERO), source, target);
  }

  /** Opens as many sessions as the settings say, with their patience. */
  public Workers(
      CopySettings settings, Supplier<RealmSession> source, Supplier<RealmSession> target) {
    this.patience = settings.patience();
    threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "domicile-copy");
              thread.setDaemon(true);
              return thread;
            });
    try {
      for (int i = 0; i < settings.jobs(); i++) {
        sessions.add(new Sessions(source, target));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** How many items are worked on at the same time. */
  public int jobs() {
    return sessions.size();
  }

  /** Threads for work beside the sessions' own. */
  public ExecutorService threads() {
    return threads;
  }

  /**
   * Several items at a time, where there are many: so the way to the servers does not count. Each
   * job has some turns, so that all are done at about the same time.
   */
  public <T> List<List<T>> several(List<T> items) {
    int size = Math.max(1, Math.min(TOGETHER, items.size() / (TURNS * jobs())));
    return IntStream.range(0, (items.size() + size - 1) / size)
        .mapToObj(i -> items.subList(i * size, Math.min((i + 1) * size, items.size())))
        .toList();
  }

  /** Does the work for each item, and returns when all are done. */
  public <T> void forEach(Collection<T> items, Task<T> task) {
    Queue<T> queue = new ConcurrentLinkedQueue<>(items);
    AtomicBoolean failed = new AtomicBoolean();
    List<Future<?>> running =
        sessions.stream()
            .<Future<?>>map(own -> threads.submit(() -> drain(queue, task, own, failed)))
            .toList();
    @Nullable RuntimeException first = null;
    for (Future<?> worker : running) {
      try {
        worker.get();
      } catch (ExecutionException e) {
        RuntimeException error = asRuntime(e.getCause());
        if (first == null) {
          first = error;
        } else {
          first.addSuppressed(error);
        }
      } catch (InterruptedException e) {
        failed.set(true);
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
    if (first != null) {
      throw first;
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    sessions.forEach(Sessions::close);
  }

  private <T> void drain(Queue<T> queue, Task<T> task, Sessions own, AtomicBoolean failed) {
    T item = queue.poll();
    while (item != null && !failed.get()) {
      try {
        tryRepeatedly(task, own, item, failed);
      } catch (RuntimeException | Error e) {
        failed.set(true);
        throw e;
      }
      item = queue.poll();
    }
  }

  /** So many that the time between them adds up to the patience. */
  private int attempts() {
    return Math.toIntExact(patience.dividedBy(LONGEST_DELAY) + FIRST_ATTEMPTS + 1);
  }

  private <T> void tryRepeatedly(Task<T> task, Sessions own, T item, AtomicBoolean failed) {
    if (patience.isZero()) {
      task.run(own.source, own.target, item);
      return;
    }
    RetryPolicy<Object> policy =
        RetryPolicy.builder()
            .handleIf(error -> Failures.mayPass(error) && !failed.get())
            .withBackoff(FIRST_DELAY, LONGEST_DELAY)
            .withJitter(JITTER)
            .withMaxAttempts(attempts())
            .onRetry(
                again ->
                    LOG.warn(
                        "Trying again after attempt {}: {}",
                        again.getAttemptCount(),
                        String.valueOf(again.getLastException())))
            .build();
    Failsafe.with(policy)
        .run(
            () -> {
              own.renew();
              task.run(own.source, own.target, item);
            });
  }

  private static RuntimeException asRuntime(@Nullable Throwable error) {
    return error instanceof RuntimeException runtime
        ? runtime
        : new IllegalStateException("a worker died", error);
  }

  /** What is done for one item. */
  @FunctionalInterface
  public interface Task<T> {
    /** Does it, with the sessions of the thread that it runs on. */
    void run(RealmSession source, RealmSession target, T item);
  }

  /** A session to either realm, opened anew where one is lost. */
  private static final class Sessions implements AutoCloseable {
    private final Supplier<RealmSession> sourceOpener;
    private final Supplier<RealmSession> targetOpener;
    private RealmSession source;
    private RealmSession target;

    Sessions(Supplier<RealmSession> sourceOpener, Supplier<RealmSession> targetOpener) {
      this.sourceOpener = sourceOpener;
      this.targetOpener = targetOpener;
      source = sourceOpener.get();
      try {
        target = targetOpener.get();
      } catch (RuntimeException e) {
        source.close();
        throw e;
      }
    }

    void renew() {
      if (source.isLost()) {
        source.close();
        source = sourceOpener.get();
      }
      if (target.isLost()) {
        target.close();
        target = targetOpener.get();
      }
    }

    @Override
    public void close() {
      source.close();
      target.close();
    }
  }
}
