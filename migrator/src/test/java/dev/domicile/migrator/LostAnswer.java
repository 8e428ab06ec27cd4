package dev.domicile.migrator;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Stands between a client and a Postgres server, and cuts the connection after the server has
 * carried out the COMMIT of a transaction that changed a route: the answer is lost, the commit is
 * not.
 */
final class LostAnswer implements AutoCloseable {
  private final ServerSocket door;
  private final int server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile boolean lost;

  LostAnswer(int server) throws IOException {
    this.server = server;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  int port() {
    return door.getLocalPort();
  }

  boolean happened() {
    return lost;
  }

  @Override
  public void close() throws IOException {
    door.close();
    threads.shutdownNow();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = door.accept();
        Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server);
        Cut cut = new Cut();
        threads.execute(() -> toServer(client, upstream, cut));
        threads.execute(() -> toClient(client, upstream, cut));
      }
    } catch (IOException e) {
      // The door was closed.
      threads.shutdown();
    }
  }

  private static void toServer(Socket client, Socket upstream, Cut cut) {
    relay(
        client,
        upstream,
        packet -> {
          String text = new String(packet, StandardCharsets.ISO_8859_1);
          cut.changesRoute |= text.contains("update \"domicile\".\"route\"");
          cut.commits |= cut.changesRoute && text.contains("COMMIT");
          return true;
        });
  }

  private void toClient(Socket client, Socket upstream, Cut cut) {
    relay(
        upstream,
        client,
        packet -> {
          lost |= cut.commits;
          return !cut.commits;
        });
  }

  private static void relay(Socket from, Socket to, Gate gate) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[1 << 16];
      int length = in.read(buffer);
      while (length >= 0) {
        byte[] packet = Arrays.copyOf(buffer, length);
        if (!gate.lets(packet)) {
          return;
        }
        out.write(packet);
        length = in.read(buffer);
      }
    } catch (IOException e) {
      // Either side has hung up; closing both tells the other.
      return;
    }
  }

  private interface Gate {
    boolean lets(byte[] packet);
  }

  private static final class Cut {
    volatile boolean changesRoute;
    volatile boolean commits;
  }
}
