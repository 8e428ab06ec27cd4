package dev.domicile.servlet;

import dev.domicile.servlet.Authentication.Reason;

/** A request is not believed; a way out of the checks, which never leaves the package. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1;

  private final Reason reason;

  RefusedException(Reason reason) {
    super(reason.name(), null, false, false);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }
}
