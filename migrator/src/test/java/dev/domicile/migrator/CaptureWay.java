package dev.domicile.migrator;

import dev.domicile.testkit.PostgresServer;
import java.util.Locale;

/** How the migrators of tests note changes; {@code -Ddomicile.test.capture=logical} for most. */
public final class CaptureWay {
  /** What the property says; by triggers if it is not set. */
  public static final Capture USUAL =
      Capture.valueOf(
          System.getProperty("domicile.test.capture", "triggers").toUpperCase(Locale.ROOT));

  private CaptureWay() {}

  /** The settings for it, on a server whose ordinary role may do what it takes. */
  static CutoverSettings on(PostgresServer server, Capture capture) {
    if (capture != Capture.TRIGGERS) {
      mayReplicate(server, true);
    }
    return CutoverSettings.DEFAULT.withCapture(capture);
  }

  /** Lets the ordinary role replicate, or not. */
  static void mayReplicate(PostgresServer server, boolean may) {
    server
        .admin()
        .execute(
            "ALTER ROLE %s %s"
                .formatted(PostgresServer.ROLE, may ? "REPLICATION" : "NOREPLICATION"));
  }
}
