package dev.domicile.migrator.copy;

import dev.domicile.migrator.session.RealmSession;
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
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads, each with a session to either realm. The first failure stops all, and
 * nothing counts as done unless every item is.
 */
public final class Workers implements AutoCloseable {
  private final List<Sessions> sessions = new ArrayList<>();
  private final ExecutorService threads;

  /** Opens the sessions. */
  public Workers(int jobs, Supplier<RealmSession> source, Supplier<RealmSession> target) {
    threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "domicile-copy");
              thread.setDaemon(true);
              return thread;
            });
    try {
      for (int i = 0; i < jobs; i++) {
        RealmSession opened = source.get();
        try {
          sessions.add(new Sessions(opened, target.get()));
        } catch (RuntimeException e) {
          opened.close();
          throw e;
        }
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Threads for work beside the sessions' own. */
  public ExecutorService threads() {
    return threads;
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

  private static <T> void drain(Queue<T> queue, Task<T> task, Sessions own, AtomicBoolean failed) {
    T item = queue.poll();
    while (item != null && !failed.get()) {
      try {
        task.run(own.source(), own.target(), item);
      } catch (RuntimeException | Error e) {
        failed.set(true);
        throw e;
      }
      item = queue.poll();
    }
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

  private record Sessions(RealmSession source, RealmSession target) implements AutoCloseable {
    @Override
    public void close() {
      source.close();
      target.close();
    }
  }
}
