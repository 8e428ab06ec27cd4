package dev.domicile.migrator.history;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A wire between clients and a server that can be cut and mended. */
final class Wire implements AutoCloseable {
  private final ServerSocket door;
  private final int server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile boolean cut;

  Wire(int server) throws IOException {
    this.server = server;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  int port() {
    return door.getLocalPort();
  }

  /** Ends all connections and takes no new ones. */
  void cut() {
    cut = true;
    sockets.forEach(Wire::close);
    sockets.clear();
  }

  void mend() {
    cut = false;
  }

  @Override
  public void close() throws IOException {
    cut();
    door.close();
    threads.shutdownNow();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = door.accept();
        if (cut) {
          client.close();
        } else {
          Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server);
          sockets.addAll(List.of(client, upstream));
          threads.execute(() -> relay(client, upstream));
          threads.execute(() -> relay(upstream, client));
        }
      }
    } catch (IOException e) {
      // The door was closed.
      threads.shutdown();
    }
  }

  private void relay(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[1 << 14];
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        out.write(buffer, 0, length);
      }
    } catch (IOException e) {
      // Cut, or one end has gone.
      close(to);
    }
    sockets.removeAll(List.of(from, to));
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
