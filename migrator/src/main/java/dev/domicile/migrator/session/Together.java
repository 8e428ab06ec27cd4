package dev.domicile.migrator.session;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** Work over two sessions at the same time. */
public final class Together {
  private static final Executor OWN_THREAD =
      task -> {
        Thread thread = new Thread(task, "domicile-other-end");
        thread.setDaemon(true);
        thread.start();
      };

  private Together() {}

  /** Does both, as the other method does. */
  public static void run(Executor executor, Runnable first, Runnable second) {
    boolean unused =
        run(
            executor,
            () -> {
              first.run();
              return true;
            },
            () -> {
              second.run();
              return true;
            },
            Boolean::logicalAnd);
  }

  /** Does both, as the other method does, the first one in a thread of its own. */
  public static <A, B, R> R run(Supplier<A> first, Supplier<B> second, BiFunction<A, B, R> result) {
    return run(OWN_THREAD, first, second, result);
  }

  /**
   * Does both, and returns when both are over: their sessions are free again then, whatever failed.
   *
   * @param executor where the first one runs; the second one does in the caller's thread
   * @param result what to make of what they returned
   */
  public static <A, B, R> R run(
      Executor executor, Supplier<A> first, Supplier<B> second, BiFunction<A, B, R> result) {
    CompletableFuture<A> there = CompletableFuture.supplyAsync(first, executor);
    B here;
    try {
      here = second.get();
    } finally {
      there.handle((value, error) -> error == null).join();
    }
    try {
      return result.apply(there.join(), here);
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
