package dev.domicile.testkit;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** The first words of a client of Postgres, which have no letter before them. */
final class Greeting {
  private static final int ENCRYPTION_REQUEST = 80_877_103;
  private static final int GSS_REQUEST = 80_877_104;
  private static final int STARTUP_BYTES = 8;

  private Greeting() {}

  /**
   * Says no to encryption, which nobody could read, and returns how the client introduces itself.
   */
  static byte[] read(DataInputStream client, OutputStream toClient) throws IOException {
    byte[] packet = packet(client);
    while (code(packet) == ENCRYPTION_REQUEST || code(packet) == GSS_REQUEST) {
      toClient.write('N');
      packet = packet(client);
    }
    return packet;
  }

  private static byte[] packet(DataInputStream in) throws IOException {
    int length = in.readInt();
    byte[] packet = new byte[length];
    ByteBuffer.wrap(packet).putInt(length);
    in.readFully(packet, Integer.BYTES, length - Integer.BYTES);
    return packet;
  }

  private static int code(byte[] packet) {
    return packet.length < STARTUP_BYTES ? 0 : ByteBuffer.wrap(packet).getInt(Integer.BYTES);
  }
}
