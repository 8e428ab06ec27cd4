package dev.domicile.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Says which key is wrong, what it holds, and what was expected. */
final class InvalidSettingAnalyzer extends AbstractFailureAnalyzer<InvalidSettingException> {
  private final Environment environment;

  InvalidSettingAnalyzer(Environment environment) {
    this.environment = environment;
  }

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, InvalidSettingException cause) {
    return new FailureAnalysis(
        "%s %s, expected %s.".formatted(cause.key(), state(cause.key()), cause.expected()),
        "Set %s to %s.".formatted(cause.key(), cause.expected()),
        rootFailure);
  }

  private String state(String key) {
    String value = value(key);
    if (key.contains(".secrets") || key.endsWith(".password")) {
      return value == null ? "is not right" : "is not right (its value is not shown)";
    }
    return value == null ? "is not set" : "is '" + withoutCredentials(value) + "'";
  }

  private @Nullable String value(String key) {
    try {
      return environment.getProperty(key);
    } catch (IllegalArgumentException e) {
      // A placeholder in it that names nothing.
      return null;
    }
  }

  private static String withoutCredentials(String value) {
    return value.replaceFirst("\\?.*", "?...").replaceFirst("//[^/]*@", "//...@");
  }
}
