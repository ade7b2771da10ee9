# SPDX-License-Identifier: MIT
set terminal pngcairo size 800,500 font "sans,11"
set output "vectors.png"
set title "CPU time of an embeddings call"
set xlabel "vectors of 1,024 numbers"
set ylabel "milliseconds per call"
set logscale xy
set xrange [50:2600]
set xtics ("64" 64, "256" 256, "1,024" 1024, "2,048" 2048)
set format y "%g"
set grid
set key top left
set datafile missing "-"
plot "growth-vectors.dat" using 1:2 with linespoints pt 7 lc rgb "#1f77b4" \
         title "libchutes", \
     "" using 1:3 with linespoints pt 7 lc rgb "#d62728" \
         title "libcurl + cJSON", \
     "" using 1:4 with linespoints pt 7 lc rgb "#2ca02c" \
         title "libcurl + yyjson", \
     "" using 1:5 with linespoints pt 7 lc rgb "#ff7f0e" \
         title "libcurl + simdjson"
