package dev.domicile.migrator;

/**
 * Whether a copy is expected to be ready within its window.
 *
 * @param rows the tenant's rows, as the server estimates them
 * @param bytes their size as stored, by the same estimate
 * @param fastestSeconds how long the copy takes at the best rate
 * @param slowestSeconds how long it takes at the worst
 * @param measured whether the rates are those of earlier migrations here, and not assumed
 * @param windowSeconds how long the window is
 */
public record Forecast(
    long rows,
    long bytes,
    long fastestSeconds,
    long slowestSeconds,
    boolean measured,
    long windowSeconds) {

  /** Whether even the best rate that was measured here is not enough. */
  public boolean isHopeless() {
    return measured && fastestSeconds > windowSeconds;
  }

  /** Whether the worst rate is enough. */
  public boolean isSafe() {
    return slowestSeconds <= windowSeconds;
  }
}
