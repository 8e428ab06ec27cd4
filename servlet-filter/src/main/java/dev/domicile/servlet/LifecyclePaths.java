package dev.domicile.servlet;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The paths of the descriptor's {@code lifecycle} that the app answers, relative to its base URL.
 * {@code enabled} and {@code disabled} are not among them: they are ordinary requests, signed with
 * the tenant's secret, and say nothing about where a tenant lives.
 *
 * @param installed where Atlassian says that the app is installed; null stands for {@code
 *     /installed}
 * @param uninstalled where it says that the app is not any more; null stands for {@code
 *     /uninstalled}
 * @param dareMigration the path before {@code /schedule}, {@code /start}, {@code /status}, {@code
 *     /commit} and {@code /rollback}, or null if the app answers no migration hooks
 */
public record LifecyclePaths(String installed, String uninstalled, @Nullable String dareMigration) {
  private static final Pattern PATH = Pattern.compile("(/(?!\\.{1,2}(/|$))[A-Za-z0-9._~-]+)+");

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if a path is not of plain segments, or two are the same: a
   *     call that was signed for one would be good for the other
   */
  public LifecyclePaths {
    installed = Objects.requireNonNullElse(installed, "/installed");
    uninstalled = Objects.requireNonNullElse(uninstalled, "/uninstalled");
    require("installed", installed);
    require("uninstalled", uninstalled);
    if (dareMigration != null) {
      require("dareMigration", dareMigration);
    }
    if (installed.equals(uninstalled)
        || installed.equals(dareMigration)
        || uninstalled.equals(dareMigration)) {
      throw new IllegalArgumentException("each path of the lifecycle has to be another");
    }
  }

  /** {@code /installed} and {@code /uninstalled}, and no migration hooks. */
  public LifecyclePaths() {
    this("/installed", "/uninstalled", null);
  }

  /** The paths that {@link LifecycleServlet} is to be registered for. */
  public List<String> signedByAtlassian() {
    return List.of(installed, uninstalled);
  }

  private static void require(String name, String path) {
    if (!PATH.matcher(path).matches()) {
      throw new IllegalArgumentException(
          name + " is '" + path + "', expected a path such as /installed");
    }
  }
}
