package dev.domicile.servlet;

import java.util.List;
import java.util.stream.Collectors;

/** A descriptor cannot be written as configured; everything that is wrong with it at once. */
public final class DescriptorException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<DescriptorFinding> findings;

  DescriptorException(List<DescriptorFinding> findings) {
    super(findings.stream().map(DescriptorFinding::toString).collect(Collectors.joining("\n")));
    this.findings = List.copyOf(findings);
  }

  /** What is wrong; at least one thing. */
  public List<DescriptorFinding> findings() {
    return findings;
  }
}
