package dev.domicile.migrator.cli;

import dev.domicile.migrator.Progress;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help;

/**
 * A bar for each phase on standard error, with rows per second, MB per second and the time left. On
 * a terminal it is redrawn in place; elsewhere it is a line every few seconds.
 */
public final class ProgressBars implements Progress.Listener, AutoCloseable {
  private static final int TERMINAL_MILLIS = 200;
  private static final int LOG_MILLIS = 2_000;
  private static final int WIDTH = 110;

  private final boolean terminal;
  private @Nullable ProgressBar bar;
  private Progress.@Nullable Phase phase;

  /** Bars on standard error. */
  public ProgressBars() {
    this.terminal = Help.Ansi.AUTO.enabled();
  }

  @Override
  public void progressed(Progress progress) {
    if (progress.totalRows() == 0) {
      return;
    }
    ProgressBar shown = bar;
    if (shown == null || progress.phase() != phase) {
      close();
      phase = progress.phase();
      shown = open(progress);
      bar = shown;
    }
    shown.maxHint(Math.max(progress.totalRows(), progress.rows()));
    shown.stepTo(progress.rows());
    shown.setExtraMessage(extra(progress));
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  private ProgressBar open(Progress progress) {
    return new ProgressBarBuilder()
        .setTaskName(name(progress.phase()))
        .setInitialMax(progress.totalRows())
        .startsFrom(progress.rows(), Duration.ZERO)
        .setUnit(" rows", 1)
        .showSpeed()
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(terminal ? TERMINAL_MILLIS : LOG_MILLIS)
        .setConsumer(consumer())
        .build();
  }

  private ProgressBarConsumer consumer() {
    return terminal
        ? new ConsoleProgressBarConsumer(System.err, WIDTH)
        : new DelegatingProgressBarConsumer(System.err::println, WIDTH);
  }

  private String extra(Progress progress) {
    return progress.bytes() == 0
        ? ""
        : String.format(Locale.ROOT, " %.1f MB/s", progress.bytesPerSecond() / 1e6);
  }

  private static String name(Progress.Phase phase) {
    return switch (phase) {
      case PLAN -> "Plan  ";
      case COPY -> "Copy  ";
      case VERIFY -> "Verify";
      case DELETE -> "Delete";
    };
  }
}
