package dev.domicile.example;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The app on real ports, with three realms. */
final class RunningExample implements AutoCloseable {
  final Database control;
  final Database global;
  final Database eu;
  final Database us;
  final int globalPort;
  final int euPort;
  final int usPort;
  final ConfigurableApplicationContext context;

  /**
   * Starts it.
   *
   * @param keysUrl where the keys are that sign installs
   * @param properties more of them, such as {@code --domicile.hooks.polling=100ms}
   */
  RunningExample(TestDatabases databases, String keysUrl, String... properties) throws IOException {
    control = databases.create("control");
    global = databases.create("global");
    eu = databases.create("eu");
    us = databases.create("us");
    List<Integer> ports = freePorts(3);
    globalPort = ports.get(0);
    euPort = ports.get(1);
    usPort = ports.get(2);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--example.ports.global=" + globalPort,
                "--example.ports.eu=" + euPort,
                "--example.ports.us=" + usPort,
                "--atlassian.connect.public-key-base-url=" + keysUrl));
    arguments.addAll(database("domicile.control", control));
    arguments.addAll(database("domicile.realms.GLOBAL", global));
    arguments.addAll(database("domicile.realms.EU", eu));
    arguments.addAll(database("domicile.realms.US", us));
    arguments.addAll(List.of(properties));
    context = SpringApplication.run(ExampleApp.class, arguments.toArray(String[]::new));
  }

  /** Ports that nobody has at the moment. */
  static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  @Override
  public void close() {
    context.close();
  }

  private static List<String> database(String prefix, Database database) {
    return List.of(
        "--" + prefix + ".url=" + database.url(),
        "--" + prefix + ".user=" + database.user(),
        "--" + prefix + ".password=" + database.password(),
        "--" + prefix + ".pool.maximum-size=4",
        "--" + prefix + ".pool.minimum-idle=0");
  }
}
