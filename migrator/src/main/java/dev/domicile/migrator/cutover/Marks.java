package dev.domicile.migrator.cutover;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.domicile.migrator.MigrationException;
import dev.domicile.migrator.MigrationException.DatabaseUnavailable;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.WrongState;
import java.time.Duration;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Marks that one thread leaves in a server's log, and another one sees when it has read that far.
 * What keeps that one from reading is told to who waits.
 */
final class Marks {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String run = UUID.randomUUID().toString();
  private long asked;
  private long seen;
  private long failingSince;
  private @Nullable RuntimeException failure;

  /** The next mark. */
  synchronized String next() {
    if (failure != null && mayPass(failure)) {
      failure = null;
    }
    asked++;
    return mark(asked);
  }

  /** Says that a mark was read, given as hexadecimal; others' marks are nobody's business. */
  synchronized void see(String read) {
    for (long number = seen + 1; number <= asked; number++) {
      if (read.equals(HexFormat.of().formatHex(mark(number).getBytes(US_ASCII)))) {
        seen = number;
        notifyAll();
      }
    }
  }

  /** Says what keeps from reading; returns whether that is news. */
  synchronized boolean fail(RuntimeException error) {
    boolean first = failure == null;
    if (first) {
      failingSince = System.nanoTime();
    }
    failure = error;
    notifyAll();
    return first;
  }

  /**
   * Waits for the last mark.
   *
   * @param moment until when, as {@link System#nanoTime()}
   * @return whether it was seen
   * @throws MigrationException if it never will be, or not soon; what may pass is waited for
   */
  synchronized boolean isSeen(long moment) {
    try {
      long left = moment - System.nanoTime();
      while (seen < asked && !isFinal() && left > 0) {
        wait(left / 1_000_000 + 1);
        left = moment - System.nanoTime();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (seen < asked && failure != null && isFinal()) {
      throw again(failure);
    }
    return seen >= asked;
  }

  /** Whether the same may be gone in a moment. */
  static boolean mayPass(RuntimeException error) {
    return error instanceof MigrationException known && known.isPassing();
  }

  private boolean isFinal() {
    return failure != null
        && (!mayPass(failure) || System.nanoTime() - failingSince > PATIENCE.toNanos());
  }

  /** Thrown by another thread than the one that it came up in. */
  private static RuntimeException again(RuntimeException error) {
    String message = String.valueOf(error.getMessage());
    if (error instanceof TakenOver) {
      return new TakenOver(message);
    }
    if (error instanceof WrongState) {
      return new WrongState(message);
    }
    return error instanceof MigrationException
        ? new DatabaseUnavailable(message, error)
        : new IllegalStateException("the notes of a migration cannot be read", error);
  }

  private String mark(long number) {
    return run + ":" + number;
  }
}
