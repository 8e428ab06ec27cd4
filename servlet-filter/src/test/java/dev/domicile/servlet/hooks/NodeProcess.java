package dev.domicile.servlet.hooks;

import dev.domicile.testkit.Database;
import java.time.InstantSource;
import java.util.List;

/** A node in a JVM of its own, which can be killed. */
final class NodeProcess {
  private NodeProcess() {}

  /** Prints the port that it listens on, and runs until it is killed. */
  public static void main(String[] args) throws Exception {
    List<Database> databases =
        List.of(args).subList(0, 3).stream()
            .map(url -> new Database(url, url, args[3], args[4]))
            .toList();
    Node node =
        new Node(
            HookSite.config(databases.get(0), databases.get(1), databases.get(2)),
            HookSite.hooks(5),
            "doomed",
            InstantSource.system());
    System.out.println("port " + node.port());
    Thread.currentThread().join();
  }
}
