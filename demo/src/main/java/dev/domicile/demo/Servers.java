package dev.domicile.demo;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import java.util.concurrent.CompletableFuture;

/** Three Postgres servers, as three places would have: control, US and EU. */
final class Servers implements AutoCloseable {
  private final EmbeddedServer controlServer;
  private final EmbeddedServer usServer;
  private final EmbeddedServer euServer;
  private final Database control;
  private final Database us;
  private final Database eu;

  /** The first one unpacks the binaries, the others then start beside each other. */
  Servers() {
    controlServer = EmbeddedServer.start();
    CompletableFuture<EmbeddedServer> second = CompletableFuture.supplyAsync(EmbeddedServer::start);
    CompletableFuture<EmbeddedServer> third = CompletableFuture.supplyAsync(EmbeddedServer::start);
    usServer = second.join();
    euServer = third.join();
    control = controlServer.createDatabase("control");
    us = usServer.createDatabase("app_us");
    eu = euServer.createDatabase("app_eu");
  }

  Database control() {
    return control;
  }

  Database us() {
    return us;
  }

  Database eu() {
    return eu;
  }

  @Override
  public void close() {
    euServer.close();
    usServer.close();
    controlServer.close();
  }
}
