package dev.domicile.migrator.cli;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Chooses the log's configuration before the first logger is made. */
final class Logging {
  private static final Logger DRIVER = Logger.getLogger("org.postgresql");

  private Logging() {}

  static void start(boolean verbose) {
    if (System.getProperty("logback.configurationFile") == null) {
      System.setProperty("logback.configurationFile", "dev/domicile/migrator/cli/logback.xml");
    }
    System.setProperty("domicile.log", verbose ? "INFO" : "ERROR");
    // The driver warns of a URL that it cannot read, and quotes it.
    DRIVER.setLevel(Level.OFF);
    System.setProperty("org.jooq.no-logo", "true");
    System.setProperty("org.jooq.no-tips", "true");
  }
}
