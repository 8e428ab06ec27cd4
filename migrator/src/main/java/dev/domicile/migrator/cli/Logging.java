package dev.domicile.migrator.cli;

/** Chooses the log's configuration before the first logger is made. */
final class Logging {
  private Logging() {}

  static void start(boolean verbose) {
    if (System.getProperty("logback.configurationFile") == null) {
      System.setProperty("logback.configurationFile", "dev/domicile/migrator/cli/logback.xml");
    }
    System.setProperty("domicile.log", verbose ? "INFO" : "ERROR");
    System.setProperty("org.jooq.no-logo", "true");
    System.setProperty("org.jooq.no-tips", "true");
  }
}
