package dev.domicile.migrator;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.testkit.Database;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Sockets of the driver with which this process runs out of memory once, in the thread that works:
 * when it looks for the last changes after a freeze.
 */
public final class OutOfMemorySockets extends SocketFactory {
  private static final AtomicReference<@Nullable Database> ARMED = new AtomicReference<>();

  /** The next freeze there is the one. */
  static void arm(Database realm) {
    ARMED.set(realm);
  }

  /** The database over such sockets. */
  static DatabaseConfig to(Database database) {
    return new DatabaseConfig(
        database.url() + "?socketFactory=" + OutOfMemorySockets.class.getName(),
        database.user(),
        database.password());
  }

  @Override
  public Socket createSocket() {
    return new Socket() {
      @Override
      public OutputStream getOutputStream() throws IOException {
        return new Leak(super.getOutputStream());
      }
    };
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException();
  }

  private static final class Leak extends FilterOutputStream {
    Leak(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      String text = new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
      Database realm = ARMED.get();
      if (realm != null
          && text.contains("FROM domicile.change_log")
          && realm.list("SELECT state FROM domicile.fence").contains("FROZEN")) {
        ARMED.set(null);
        throw new OutOfMemoryError("after the freeze");
      }
      out.write(bytes, offset, length);
    }
  }
}
