package dev.domicile.migrator.session;

/** The wait between two looks at a database. */
public final class Pause {
  private Pause() {}

  /** Waits; whoever is interrupted meanwhile goes on at once, and still is interrupted. */
  public static void ofMillis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
