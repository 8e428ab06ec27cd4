package dev.domicile.migrator.cli;

/** The configuration cannot be used; the message names the key, the value and what was expected. */
final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ConfigurationException(String message) {
    super(message);
  }
}
