package dev.domicile.migrator.history;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** What one session has tried and was told, line by line, each on the disk before it goes on. */
final class Notes {
  static final String TRIES = "tries";

  /** It was told that the transaction is committed. */
  static final String OK = "ok";

  /** It was told that it is not, or has not asked. */
  static final String NO = "no";

  /** It has asked, and heard nothing. */
  static final String UNKNOWN = "unknown";

  private final FileChannel file;

  Notes(Path path) throws IOException {
    file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  void tries(String mark, Kind kind, @Nullable String erased) {
    write(TRIES + " " + mark + " " + kind + " " + (erased == null ? "-" : erased));
  }

  void ended(String mark, String how, String sqlState) {
    write(how + " " + mark + " " + sqlState);
  }

  private void write(String line) {
    try {
      file.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
      file.force(false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
