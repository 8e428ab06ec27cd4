/** A Connect app on Atlassian's Spring Boot library that keeps each tenant in its realm. */
@NullMarked
package dev.domicile.example;

import org.jspecify.annotations.NullMarked;
