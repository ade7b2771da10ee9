# SPDX-License-Identifier: MIT
set terminal pngcairo size 800,500 font "sans,11"
set output "answers.png"
set title "CPU time of a whole answer"
set xlabel "length of the prose"
set ylabel "milliseconds per call"
set logscale xy
set xrange [8e4:2.5e7]
set xtics ("100 kB" 1e5, "1 MB" 1e6, "4 MB" 4e6, "20 MB" 2e7)
set format y "%g"
set grid
set key top left
set datafile missing "-"
plot "growth-answer-size.dat" using 1:2 with linespoints pt 7 lc rgb "#1f77b4" \
         title "libchutes", \
     "" using 1:3 with linespoints pt 7 lc rgb "#d62728" \
         title "libcurl + cJSON", \
     "" using 1:4 with linespoints pt 7 lc rgb "#2ca02c" \
         title "libcurl + yyjson", \
     "" using 1:5 with linespoints pt 7 lc rgb "#ff7f0e" \
         title "libcurl + simdjson"
