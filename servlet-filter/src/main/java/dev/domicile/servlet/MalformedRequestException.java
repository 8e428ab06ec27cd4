package dev.domicile.servlet;

/** The query string of a request is not percent-encoded UTF-8. */
final class MalformedRequestException extends Exception {
  private static final long serialVersionUID = 1;

  MalformedRequestException(String message) {
    super(message);
  }
}
