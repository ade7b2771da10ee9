# SPDX-License-Identifier: MIT
set terminal pngcairo size 800,500 font "sans,11"
set output "peers.png"
set title "CPU time of an event, 50 events per write"
set xlabel "client"
set ylabel "microseconds per event"
set logscale y
set style data histograms
set style fill solid 0.9
set boxwidth 0.7 relative
set grid ytics
set xtics rotate by -25
set format y "%g"
set yrange [0.05:200]
unset key
plot "peers.dat" using 2:xtic(1) lc rgb "#1f77b4", \
     "" using 0:2:(sprintf("%.2g", $2)) with labels offset 0,0.7
