package dev.domicile.migrator;

import java.util.List;

/**
 * A look at an order before it is carried out.
 *
 * @param findings what speaks against it, and what somebody should know
 * @param forecast whether it is expected to be ready in time
 */
public record OrderAssessment(List<Finding> findings, Forecast forecast) {

  /** What stops the move. */
  public List<Finding> errors() {
    return findings.stream().filter(f -> f.severity() == Finding.Severity.ERROR).toList();
  }
}
